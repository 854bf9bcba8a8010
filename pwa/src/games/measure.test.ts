import { expect, test } from 'vitest';
import { whyWait } from './measure';

const say = { closed: 'closed', notYet: (at: string) => `not yet ${at}`, limit: (at: string) => `limit ${at}`, cool: (at: string) => `cool ${at}`, missing: (points: number) => `missing ${points}` };
const NOON = '2026-11-22T12:00:00Z';
const LATER = '2026-11-22T13:00:00Z';
const now = new Date(NOON).getTime();
const open = { state: 'OPEN' as const, opensAt: '2026-11-22T11:00:00Z', closesAt: '2026-11-23T12:00:00Z' };
const mine = { drawsThisWeek: 1, leftThisWeek: 3, resetsAt: '2026-11-23T00:00:00Z', coolDownUntil: null as string | null };

test.each([
  [{ points: 50, mine, round: open }, 50, ''],
  [{ points: 50, mine: null, round: open }, undefined, ''],
  [{ points: 50, mine, round: open }, 49, 'missing 1'],
  [{ points: 50, mine, round: null }, 500, 'closed'],
  [{ points: 50, mine, round: { ...open, state: 'REVEALED' as const } }, 500, 'closed'],
  [{ points: 50, mine, round: { ...open, closesAt: NOON } }, 500, 'closed'],
  [{ points: 50, mine, round: { ...open, state: 'SCHEDULED' as const, opensAt: LATER } }, 500, `not yet ${LATER}`],
  [{ points: 50, mine: { ...mine, leftThisWeek: 0 }, round: open }, 0, `limit ${mine.resetsAt}`],
  [{ points: 50, mine: { ...mine, coolDownUntil: LATER }, round: open }, 500, `cool ${LATER}`],
  [{ points: 50, mine: { ...mine, coolDownUntil: NOON }, round: open }, 500, ''],
])('what keeps her is said before she taps: %#', (pool, available, expected) => {
  expect(whyWait(pool, available, now, say)).toBe(expected);
});
