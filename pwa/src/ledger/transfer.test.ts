import { expect, test } from 'vitest';
import { feeOf, minutesLeft, pointsTyped } from './transfer';

test('a fee is on top and rounded down', () => {
  expect(feeOf(1000, 0)).toBe(0);
  expect(feeOf(199, 100)).toBe(1);
  expect(feeOf(200, 100)).toBe(2);
});

test('only whole points can be typed, grouped or not', () => {
  expect(pointsTyped('1,200')).toBe(1200);
  expect(pointsTyped(' 1 200 ')).toBe(1200);
  for (const typed of ['', '-5', '1.5', '1e3', 'many', '9999999999999999']) expect(pointsTyped(typed)).toBe(0);
});

test('the last minute counts as one until it is over', () => {
  const now = Date.parse('2026-11-22T06:00:00Z');
  expect(minutesLeft('2026-11-22T06:10:00Z', now)).toBe(10);
  expect(minutesLeft('2026-11-22T06:00:01Z', now)).toBe(1);
  expect(minutesLeft('2026-11-22T06:00:00Z', now)).toBe(0);
  expect(minutesLeft('2026-11-22T05:00:00Z', now)).toBe(0);
});
