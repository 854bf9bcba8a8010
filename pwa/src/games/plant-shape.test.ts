import { expect, test } from 'vitest';
import { GROUND, LOOKS, lookOf, shapeOf } from './plant-shape';

const shapes = Array.from({ length: LOOKS }, (_, look) => shapeOf(look));

test('it only ever grows: every look is as tall and as leafy as the one before', () => {
  for (let look = 1; look < LOOKS; look++) {
    expect(shapes[look]!.leaves.length).toBeGreaterThanOrEqual(shapes[look - 1]!.leaves.length);
    expect(highest(look)).toBeLessThanOrEqual(highest(look - 1));
  }
});

test('no two looks are the same', () => {
  expect(new Set(shapes.map((shape) => JSON.stringify(shape))).size).toBe(LOOKS);
});

test('only the grown one flowers', () => {
  expect(shapes.map(({ flowers }) => flowers.length > 0)).toEqual([false, false, false, false, false, true]);
});

test('a programme with other stages still begins with a seed and ends with flowers', () => {
  expect([lookOf(0, 6), lookOf(3, 6), lookOf(5, 6)]).toEqual([0, 3, 5]);
  expect([lookOf(0, 2), lookOf(1, 2)]).toEqual([0, 5]);
  expect([lookOf(0, 9), lookOf(8, 9)]).toEqual([0, 5]);
});

function highest(look: number): number {
  const { leaves, buds, flowers } = shapes[look]!;
  return Math.min(GROUND, ...[...leaves, ...buds, ...flowers].map(({ y }) => y));
}
