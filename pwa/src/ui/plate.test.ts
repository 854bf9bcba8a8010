import { expect, test } from 'vitest';
import { plateOf } from './plate';

test('the same SKU always grows the same plate', () => {
  expect(plateOf('CUP-CELADON')).toEqual(plateOf('CUP-CELADON'));
});

test('different SKUs grow different plates', () => {
  const plates = Array.from({ length: 40 }, (_, i) => JSON.stringify(plateOf(`SKU-${i}`)));
  expect(new Set(plates).size).toBe(40);
});

test('a plate is path data that stays on the plate', () => {
  for (let i = 0; i < 200; i++) {
    const { line, wash, solid } = plateOf(`龙泉-${i}`);
    for (const path of [line, wash, solid]) {
      expect(path).toMatch(/^[MmLQAaz\d .-]*$/);
      for (const [, x, y] of path.matchAll(/[ML](-?[\d.]+) (-?[\d.]+)/g)) {
        expect(Math.hypot(Number(x) - 50, Number(y) - 50)).toBeLessThan(47);
      }
    }
    expect(line.length).toBeGreaterThan(100);
  }
});

test('a plate costs no more than a small icon', () => {
  const sizes = Array.from({ length: 100 }, (_, i) => Object.values(plateOf(`x${i}`)).join('').length);
  expect(Math.max(...sizes)).toBeLessThan(12_000);
});
