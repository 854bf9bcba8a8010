import { expect, test } from 'vitest';
import { cellsOf, MARK_ROWS, sealOutline } from './seal';

test('the empty seal is a frame and a grid, with no cell filled', () => {
  const { frame, grid } = sealOutline();
  expect(frame).toBe('M0 0h5v5h-5z');
  expect(grid.match(/M/g)).toHaveLength(8);
  expect(grid).not.toContain('z');
});

test('the mark is five by five and the same from both sides', () => {
  expect(MARK_ROWS).toHaveLength(5);
  for (const row of MARK_ROWS) expect([...row].reverse().join('')).toBe(row);
});

test('cells become one unit square each', () => {
  expect(cellsOf(['X.', '.X'])).toBe('M0 0h1v1h-1zM1 1h1v1h-1z');
});
