import { expect, test } from 'vitest';
import { sealRows } from './pressed-seal';

test('a seal is five by five and the same from both sides', () => {
  const rows = sealRows('2434a2154127f2e9');
  expect(rows).toHaveLength(5);
  for (const row of rows) expect([...row].reverse().join('')).toBe(row);
});

test('another hash presses another seal', () => {
  const seals = new Set(Array.from({ length: 200 }, (_, i) => sealRows((i * 163).toString(16).padStart(4, '0')).join()));
  expect(seals.size).toBe(200);
});
