import { expect, test } from 'vitest';
import { ago, leftUntil, shareLeft } from './countdown';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const at = (seconds: number) => new Date(NOW + seconds * 1000).toISOString();

test('a begun second counts until it is over', () => {
  expect(leftUntil(at(42), NOW)).toMatchObject({ text: '0:42' });
  expect(leftUntil(at(41.2), NOW)).toMatchObject({ text: '0:42' });
  expect(leftUntil(at(0.001), NOW)).toMatchObject({ text: '0:01' });
  expect(leftUntil(at(-5), NOW)).toMatchObject({ text: '0:00' });
  expect(leftUntil(at(3605), NOW)).toMatchObject({ text: '1:00:05' });
  expect(leftUntil(at(86_400 * 2 + 3600 * 5), NOW)).toEqual({ kind: 'days', days: 2, hours: 5 });
});

test('the ring runs down with the auction, and once more in its last minute', () => {
  expect(shareLeft(at(-3600), at(3600), NOW)).toBe(0.5);
  expect(shareLeft(at(-3600), at(60), NOW)).toBe(1);
  expect(shareLeft(at(-3600), at(15), NOW)).toBe(0.25);
  expect(shareLeft(at(-3600), at(-1), NOW)).toBe(0);
});

test('how long ago is told in the largest whole unit', () => {
  const told = [1, 21, 125, 7300, 200_000].map((seconds) => ago(at(-seconds), NOW));
  expect(told).toEqual([{ kind: 'now' }, { kind: 'seconds', count: 21 }, { kind: 'minutes', count: 2 }, { kind: 'hours', count: 2 }, { kind: 'days', count: 2 }]);
});
