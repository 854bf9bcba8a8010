import { expect, test } from 'vitest';
import { Arrivals, waitBefore } from './arrivals';

test('each event is taken once, and repeats after a reconnect are dropped', () => {
  const arrivals = new Arrivals(7);
  expect([6, 7, 8, 8, 9, 8].filter((seq) => arrivals.isNew(seq))).toEqual([8, 9]);
});

test('a new connection starts after the last event seen', () => {
  const arrivals = new Arrivals(7);
  arrivals.isNew(8);
  arrivals.isNew(12);
  expect(arrivals.after).toBe(12);
});

test('knowing no number, it starts with the first event that comes', () => {
  const arrivals = new Arrivals();
  expect(arrivals.after).toBeUndefined();
  expect(arrivals.isNew(40)).toBe(true);
  expect(arrivals.isNew(40)).toBe(false);
});

test('after the books were put back, lower numbers are news again', () => {
  const arrivals = new Arrivals(40);
  arrivals.startOver(12);
  expect(arrivals.after).toBe(12);
  expect([12, 13, 13].filter((seq) => arrivals.isNew(seq))).toEqual([13]);
});

test('waiting doubles up to a limit and is never nothing', () => {
  expect(waitBefore(0, 1)).toBe(500);
  expect(waitBefore(3, 1)).toBe(4000);
  expect(waitBefore(50, 1)).toBe(30_000);
  expect(waitBefore(0, 0)).toBeGreaterThan(0);
});
