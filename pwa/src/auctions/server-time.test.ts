import { expect, test } from 'vitest';
import { aheadBy, correction, narrowed } from './server-time';

const NOON = Date.parse('2026-11-22T12:00:00Z');
const dated = (ms: number) => new Date(Math.floor(ms / 1000) * 1000).toUTCString();
/** An answer by a server `ahead` of the phone, `lag` there and `lag` back. */
const answer = (sent: number, ahead: number, lag = 40) => aheadBy(sent, sent + 2 * lag, dated(sent + lag + ahead))!;

test('the truth lies between the bounds', () => {
  for (const ahead of [-90_000, -300, 0, 700, 90_000]) {
    for (let sent = NOON; sent < NOON + 3000; sent += 137) {
      const { least, most } = answer(sent, ahead);
      expect(least).toBeLessThanOrEqual(ahead);
      expect(most).toBeGreaterThanOrEqual(ahead);
    }
  }
});

test('a few answers narrow it, and a clock that may be right is left alone', () => {
  const looks = (ahead: number) => [0, 370, 740].map((after) => answer(NOON + 123 + after, ahead)).reduce(narrowed);
  expect(correction(looks(0))).toBe(0);
  expect(Math.abs(correction(looks(90_000)) - 90_000)).toBeLessThan(400);
  expect(Math.abs(correction(looks(-5_000)) + 5_000)).toBeLessThan(400);
});

test('when somebody sets a clock, the later answer counts', () => {
  const before = answer(NOON, 0);
  const after = answer(NOON + 5000, 3_600_000);
  expect(narrowed(before, after)).toEqual(after);
});

test('an answer without a readable date says nothing', () => {
  expect(aheadBy(NOON, NOON + 10, 'soon')).toBeUndefined();
  expect(correction(undefined)).toBe(0);
});
