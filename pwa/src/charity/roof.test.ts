import { expect, test } from 'vitest';
import { roofOf, rowsOf, tilesOf } from './roof';

const SIZES = [1, 2, 3, 5, 7, 10, 12, 37, 60, 82, 97, 100, 119, 120];

test('a tile is what the project says while there are not too many of them', () => {
  expect(tilesOf(1_284_350, 1_640_000, 20_000)).toEqual({ worth: 20_000, count: 82, laid: 64, part: 4_350 / 20_000, left: 18 });
  expect(tilesOf(0, 200_000, 20_000)).toMatchObject({ worth: 20_000, count: 10, laid: 0, part: 0, left: 10 });
});

test('of five thousand tiles a few are drawn, each worth round times as much', () => {
  const tiles = tilesOf(50_000_000, 100_000_000, 20_000);
  expect(tiles).toMatchObject({ worth: 1_000_000, count: 100, laid: 50, left: 50 });
  expect(tilesOf(0, 5_000 * 20_000 * 1_000, 20_000).count).toBeLessThanOrEqual(120);
});

test('the roof is whole exactly when the goal is reached, and never sooner', () => {
  expect(tilesOf(999_999, 1_000_000, 20_000)).toMatchObject({ laid: 49, left: 1 });
  expect(tilesOf(999_999, 1_000_000, 20_000).part).toBeLessThan(1);
  for (const points of [1_000_000, 1_500_000]) expect(tilesOf(points, 1_000_000, 20_000)).toMatchObject({ laid: 50, part: 0, left: 0 });
});

test('a last tile that is smaller than the others is filled by what is left', () => {
  expect(tilesOf(45_000, 50_000, 20_000)).toMatchObject({ count: 3, laid: 2, part: 0.5, left: 1 });
});

test('a goal that is no goal still makes a roof', () => {
  expect(tilesOf(0, 0, 0)).toMatchObject({ count: 1, laid: 1, left: 0 });
});

test.each(SIZES)('a roof of %i has as many places, none twice, none outside', (count) => {
  const { places, width, height } = roofOf(count);
  expect(new Set(places.map(({ x, y }) => `${x} ${y}`)).size).toBe(count);
  for (const { x, y } of places) expect(x >= 0 && x + 1 <= width && y >= 0 && y < height).toBe(true);
});

test('every row is one shorter than the row below, save the ridge', () => {
  for (const count of SIZES) {
    const rows = rowsOf(count);
    rows.slice(1, -1).forEach((row, i) => expect(row).toBe(rows[i]! - 1));
    expect(rows.reduce((sum, row) => sum + row, 0)).toBe(count);
  }
});

test('a roof is wider than it is high', () => {
  for (const count of SIZES.filter((size) => size > 3)) expect(rowsOf(count)[0]!).toBeGreaterThan(rowsOf(count).length);
});
