import { beforeEach, expect, test, vi } from 'vitest';
import { Unreachable, type tell } from '../api/ask';
import { balance } from '../ledger/balance.svelte';
import { redeemReward, type Order } from './redeem-reward';

const order: Order = { locale: 'EN', rewardId: 'r1', expectedPoints: 300, idempotencyKey: '6f3c1f0e-0000-4000-8000-000000000001' };
const member = { id: 'm', lastEventSeq: 8, points: { available: 3680 } };
const done = { redeemReward: { refusal: null, replayed: false, redemption: { id: 'd1' }, reward: null, member } };
const saved = { saveDelivery: { refusal: null, member: { id: 'm' } } };

/** A server that answers each mutation in turn, and what it was sent. */
function server(...answers: unknown[]) {
  const send = vi.fn(async (_document: unknown, _variables: unknown) => {
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  });
  return { send: send as unknown as typeof tell, inputs: () => send.mock.calls.map(([, variables]) => (variables as { input: unknown }).input) };
}

beforeEach(() => balance.reset());

test('a redemption brings its receipt and the new balance', async () => {
  const { send } = server(done);
  expect(await redeemReward(order, send)).toEqual({ kind: 'redeemed', redemption: { id: 'd1' }, replayed: false });
  expect(balance.available).toBe(3680);
});

test('without an answer the outcome is unknown, and trying again sends the same key', async () => {
  const { send, inputs } = server(new Unreachable(), done);
  expect(await redeemReward(order, send)).toEqual({ kind: 'unknown' });
  expect((await redeemReward(order, send)).kind).toBe('redeemed');
  expect(inputs()[1]).toEqual(inputs()[0]);
});

test('goods with nowhere to go have their pick-up point saved first', async () => {
  const { send, inputs } = server(saved, done);
  await redeemReward({ ...order, pickUpPointId: 'p1' }, send);
  expect(inputs()).toEqual([{ pickUp: { pickUpPointId: 'p1' } }, { rewardId: 'r1', expectedPoints: 300, idempotencyKey: order.idempotencyKey }]);
});

test('nothing is redeemed when the pick-up point is refused', async () => {
  const refusal = { __typename: 'NotFound', code: 'NOT_FOUND', message: '' };
  const { send, inputs } = server({ saveDelivery: { refusal, member: null } });
  expect(await redeemReward({ ...order, pickUpPointId: 'p9' }, send)).toEqual({ kind: 'refused', refusal });
  expect(inputs()).toHaveLength(1);
});

test('a refusal is an answer, not an error', async () => {
  const refusal = { __typename: 'OutOfStock', code: 'OUT_OF_STOCK', message: '' };
  const { send } = server({ redeemReward: { refusal, replayed: false, redemption: null, reward: null, member } });
  expect(await redeemReward(order, send)).toEqual({ kind: 'refused', refusal });
});
