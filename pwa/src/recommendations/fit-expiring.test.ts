import { expect, test } from 'vitest';
import { fitExpiring } from './fit-expiring';

const prices = (rewards: { points: number }[]) => rewards.map(({ points }) => points);
const rewards = [1500, 300, 900, 320, 100].map((points) => ({ points }));

test('what leaves the least over comes first, then what uses everything up most cheaply', () => {
  expect(prices(fitExpiring(rewards, 320))).toEqual([320, 300, 100, 900, 1500]);
});

test('with nothing expiring the cheapest come first', () => {
  expect(prices(fitExpiring(rewards, 0))).toEqual([100, 300, 320, 900, 1500]);
});
