import { expect, test } from 'vitest';
import { later } from './balance';

test('the first standing is taken', () => {
  expect(later(undefined, { seq: 0, available: 5 })).toEqual({ seq: 0, available: 5 });
});

test('the higher number wins, whichever way round they arrive', () => {
  const old = { seq: 7, available: 100 };
  const now = { seq: 8, available: 228 };
  expect(later(old, now)).toBe(now);
  expect(later(now, old)).toBe(now);
});

test('an answer with the same number may correct what was shown', () => {
  expect(later({ seq: 7, available: 100 }, { seq: 7, available: 90 }).available).toBe(90);
});
