import { expect, test } from 'vitest';
import { bonusOf, stakesOffered } from './stake';

const shared = { bonusBp: 2000, bonusCap: 80, bonusPoints: null };

test('a bonus follows the stake, rounded down, up to its cap', () => {
  expect([100, 104, 400, 500].map((stake) => bonusOf(shared, stake))).toEqual([20, 20, 80, 80]);
});

test('a fixed bonus is the same for every stake', () => {
  expect([1, 500].map((stake) => bonusOf({ bonusBp: null, bonusCap: null, bonusPoints: 25 }, stake))).toEqual([25, 25]);
});

test('she is offered the least, one between and the most she can stake', () => {
  expect(stakesOffered(100, 500, 5000, 9000)).toEqual([100, 300, 500]);
  expect(stakesOffered(100, 500, 5000, 260)).toEqual([100, 180, 260]);
  expect(stakesOffered(100, 500, 150, 9000)).toEqual([100, 130, 150]);
});

test('where she cannot stake even the least, the least is shown, and why not is said', () => {
  expect(stakesOffered(100, 500, 5000, 40)).toEqual([100]);
  expect(stakesOffered(100, 100, 5000, 9000)).toEqual([100]);
});
