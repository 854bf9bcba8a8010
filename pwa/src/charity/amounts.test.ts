import { expect, test } from 'vitest';
import { firstChoice, matchOf, offersOf } from './amounts';

test('what expires soon is an amount of its own', () => {
  expect(offersOf(320)).toEqual([{ points: 50, expiring: false }, { points: 100, expiring: false }, { points: 320, expiring: true }]);
});

test('nothing expires: nothing more is offered; a usual amount that expires is offered once', () => {
  expect(offersOf(0)).toHaveLength(2);
  expect(offersOf(50)).toEqual([{ points: 50, expiring: true }, { points: 100, expiring: false }]);
});

test('a link chooses only among what is offered', () => {
  expect(firstChoice(offersOf(320), 320)).toBe(320);
  for (const asked of [5_000, -50, Number.NaN, 0]) expect(firstChoice(offersOf(320), asked)).toBe(100);
});

test('a hundred points bring one yuan, rounded down, and never more than is left', () => {
  expect(matchOf(100, 100, 10_000, 1_000_000)).toBe(100);
  expect(matchOf(155, 300, 10_000, 1_000_000)).toBe(51);
  expect(matchOf(100, 100, 5_000, 1_000_000)).toBe(50);
  expect(matchOf(10_000, 100, 10_000, 30)).toBe(30);
  expect(matchOf(100, 100, 10_000, 0)).toBe(0);
});
