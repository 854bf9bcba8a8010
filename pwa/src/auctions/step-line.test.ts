import { expect, test } from 'vitest';
import { stepLine } from './step-line';

const bid = (price: number, minute: number) => ({ price, at: new Date(Date.UTC(2026, 10, 22, 12, minute)).toISOString() });

test('each bid is a step, from the foot to the top and across the whole width', () => {
  const { path, end } = stepLine([bid(100, 0), bid(150, 1), bid(300, 2)], 300, 80);
  expect(path).toMatch(/^M0 80H[\d.]+V60H[\d.]+V0H300$/);
  expect(end).toEqual({ x: 300, y: 0 });
});

test('a longer wait is a longer step', () => {
  const widths = [...stepLine([bid(100, 0), bid(150, 1), bid(200, 59), bid(300, 60)], 300, 80).path.matchAll(/H([\d.]+)/g)].map(([, x]) => Number(x));
  expect(widths[1]! - widths[0]!).toBeGreaterThan(widths[0]!);
});

test('one price, or none, is a level line', () => {
  expect(stepLine([bid(100, 0), bid(100, 1)], 300, 80).path).not.toContain('V0');
  expect(stepLine([], 300, 80).end).toEqual({ x: 300, y: 80 });
});
