import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { session } from '../members/session.svelte';

/** The other end of a socket, as far as the phone can tell. */
class Line {
  static all: Line[] = [];
  static readonly OPEN = 1;
  readyState = 0;
  said: { id: string; type: string; payload?: { variables: object } }[] = [];
  onopen = () => {};
  onmessage = (_: { data: string }) => {};
  onclose = (_: object) => {};
  onerror = () => {};

  constructor() {
    Line.all.push(this);
    queueMicrotask(() => {
      this.readyState = Line.OPEN;
      this.onopen();
    });
  }

  send(text: string): void {
    const message = JSON.parse(text);
    this.said.push(message);
    if (message.type === 'connection_init') this.tell({ type: 'connection_ack' });
  }

  close(code = 1000, reason = ''): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.onclose({ code, reason, wasClean: code === 1000 });
  }

  tell(message: object): void {
    queueMicrotask(() => this.onmessage({ data: JSON.stringify(message) }));
  }

  /** Answer the nth question asked on this line. */
  answer(nth: number, data: object): void {
    this.tell({ id: this.questions[nth]!.id, type: 'next', payload: { data } });
  }

  get questions() {
    return this.said.filter(({ type }) => type === 'subscribe');
  }

  static get last(): Line {
    return Line.all.at(-1)!;
  }
}

const document = { id: 'sha256:ab', text: 'subscription S($n:Int){s(n:$n)}' };
const page = new EventTarget() as EventTarget & { visibilityState: string };
const stops: (() => void)[] = [];
const { follow, onWaking } = await withPage(() => import('./live'));

async function withPage<Got>(load: () => Promise<Got>): Promise<Got> {
  const events = new EventTarget();
  page.visibilityState = 'visible';
  vi.stubGlobal('document', page);
  vi.stubGlobal('location', { origin: 'http://mall' });
  vi.stubGlobal('navigator', { onLine: true });
  vi.stubGlobal('WebSocket', Line);
  for (const name of ['addEventListener', 'removeEventListener', 'dispatchEvent'] as const) vi.stubGlobal(name, events[name].bind(events));
  return load();
}

function following(number: () => number = () => 1) {
  const heard: object[] = [];
  const stop = follow(document, () => ({ n: number() }), (data: object) => heard.push(data));
  stops.push(stop);
  return { heard, stop };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers();
  Line.all = [];
});

afterEach(async () => {
  for (const stop of stops.splice(0)) stop();
  await settle();
  session.memberId = undefined;
  vi.useRealTimers();
});

test('several followings share one socket, and each hears its own', async () => {
  const [one, other] = [following(() => 1), following(() => 2)];
  await settle();
  expect(Line.all).toHaveLength(1);
  expect(Line.last.questions.map(({ payload }) => payload?.variables)).toEqual([{ n: 1 }, { n: 2 }]);
  Line.last.answer(1, { s: 'hers' });
  await settle();
  expect([one.heard, other.heard]).toEqual([[], [{ s: 'hers' }]]);
});

test('after a broken line all are asked anew, with what they say then', async () => {
  let seen = 7;
  const counting = following(() => seen);
  const standing = following(() => 0);
  await settle();
  const broken = Line.last;
  seen = 9;
  broken.close(1006);
  await vi.advanceTimersByTimeAsync(2000);
  expect(Line.all).toHaveLength(2);
  expect(Line.last.questions.map(({ payload }) => JSON.stringify(payload?.variables)).sort()).toEqual(['{"n":0}', '{"n":9}']);
  for (const nth of [0, 1]) Line.last.answer(nth, { s: 'again' });
  await settle();
  expect([counting.heard, standing.heard]).toEqual([[{ s: 'again' }], [{ s: 'again' }]]);
});

test('one stops and the other goes on; the last one hangs up', async () => {
  const [one, other] = [following(), following()];
  await settle();
  one.stop();
  Line.last.answer(1, { s: 'still' });
  await settle();
  expect(other.heard).toEqual([{ s: 'still' }]);
  expect(Line.last.readyState).toBe(Line.OPEN);
  other.stop();
  await settle();
  expect(Line.last.readyState).toBe(3);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(Line.all).toHaveLength(1);
});

test('when somebody else signs in, the line opened in the name of who was here before is given up', async () => {
  session.memberId = 'ann';
  following();
  await settle();
  session.memberId = 'ben';
  following(() => 2);
  await vi.advanceTimersByTimeAsync(2000);
  const [anns, bens] = Line.all;
  expect(Line.all).toHaveLength(2);
  expect(anns!.readyState).toBe(3);
  expect(bens!.questions).toHaveLength(2);
});

test('coming back online is a reason not to wait any longer', async () => {
  following();
  await settle();
  for (let i = 0; i < 8; i++) {
    Line.last.close(1006);
    await vi.advanceTimersByTimeAsync(31_000);
  }
  const tries = Line.all.length;
  Line.last.close(1006);
  await vi.advanceTimersByTimeAsync(100);
  expect(Line.all).toHaveLength(tries);
  dispatchEvent(new Event('online'));
  await settle();
  expect(Line.all).toHaveLength(tries + 1);
});

test('only a long sleep is one to ask for everything after', () => {
  const woke = vi.fn();
  const stop = onWaking(woke);
  const sleepFor = (ms: number) => {
    for (const [state, wait] of [['hidden', ms], ['visible', 0]] as const) {
      page.visibilityState = state;
      page.dispatchEvent(new Event('visibilitychange'));
      vi.advanceTimersByTime(wait);
    }
  };
  sleepFor(5_000);
  expect(woke).not.toHaveBeenCalled();
  sleepFor(90_000);
  expect(woke).toHaveBeenCalledOnce();
  stop();
});
