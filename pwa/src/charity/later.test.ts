import { expect, test } from 'vitest';
import { later } from './later';

test('the higher version wins, in whatever order they come', () => {
  const [old, young] = [{ version: 3 }, { version: 4 }];
  expect(later(undefined, old)).toBe(old);
  expect(later(old, young)).toBe(young);
  expect(later(young, old)).toBe(young);
});

test('told the same version twice, the second telling stands', () => {
  const again = { version: 3, points: 7 };
  expect(later({ version: 3, points: 5 }, again)).toBe(again);
});
