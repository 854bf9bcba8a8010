/** Redeem a reward once, however often the button is pressed or the line breaks. */
import { tell, Unreachable } from '../api/ask';
import { RedeemReward } from '../generated/documents/RedeemReward';
import { SaveDelivery } from '../generated/documents/SaveDelivery';
import type { Locale, RedemptionPartsFragment } from '../generated/types';
import { markChanged } from '../api/kept';
import type { Refusal } from '../api/refusal';
import { balance } from '../ledger/balance.svelte';

export interface Order {
  locale: Locale;
  rewardId: string;
  /** The price she sees: at any other one nothing is taken. */
  expectedPoints: number;
  /** Made when the sheet opened; the same on every retry. */
  idempotencyKey: string;
  /** For goods with nowhere to go yet: the pick-up point to save first. */
  pickUpPointId?: string;
}

export type Redeemed =
  | { kind: 'redeemed'; redemption: RedemptionPartsFragment; replayed: boolean }
  | { kind: 'refused'; refusal: Refusal }
  /** No answer: it may have happened, and the same key finds out safely. */
  | { kind: 'unknown' };

export async function redeemReward(order: Order, send: typeof tell = tell): Promise<Redeemed> {
  try {
    return (await refusedDelivery(order, send)) ?? (await redeem(order, send));
  } catch (trouble) {
    if (trouble instanceof Unreachable) return { kind: 'unknown' };
    throw trouble;
  } finally {
    await markChanged();
  }
}

async function refusedDelivery({ locale, pickUpPointId }: Order, send: typeof tell): Promise<Redeemed | undefined> {
  if (!pickUpPointId) return undefined;
  const { saveDelivery } = await send(SaveDelivery, { locale, input: { pickUp: { pickUpPointId } } });
  return saveDelivery.refusal ? { kind: 'refused', refusal: saveDelivery.refusal } : undefined;
}

async function redeem({ locale, rewardId, expectedPoints, idempotencyKey }: Order, send: typeof tell): Promise<Redeemed> {
  const { redeemReward: payload } = await send(RedeemReward, { locale, input: { rewardId, expectedPoints, idempotencyKey } });
  balance.heed(payload.member);
  if (payload.refusal) return { kind: 'refused', refusal: payload.refusal };
  if (!payload.redemption) throw new Unreachable();
  return { kind: 'redeemed', redemption: payload.redemption, replayed: payload.replayed };
}
