import { expect, test } from 'vitest';
import { oneIn } from './one-in';

test('a chance is said as one in so many, and never where there is none', () => {
  expect(oneIn(3, [3, 997])).toBe(333);
  expect(oneIn(0, [0, 1000])).toBe(0);
});
