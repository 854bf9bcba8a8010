import { expect, test } from 'vitest';
import { between, COUNT_UP_MS } from './count-up';

test('a count starts where it was and ends exactly where it goes', () => {
  expect(between(100, 228, 0)).toBe(100);
  expect(between(100, 228, COUNT_UP_MS)).toBe(228);
  expect(between(100, 228, COUNT_UP_MS * 5)).toBe(228);
});

test('on the way it only ever moves towards its end, in whole points', () => {
  let before = 100;
  for (let ms = 0; ms <= COUNT_UP_MS; ms += 16) {
    const now = between(100, 228, ms);
    expect(Number.isInteger(now)).toBe(true);
    expect(now).toBeGreaterThanOrEqual(before);
    before = now;
  }
});

test('it counts down as well', () => {
  expect(between(500, 200, COUNT_UP_MS / 2)).toBeLessThan(300);
});
