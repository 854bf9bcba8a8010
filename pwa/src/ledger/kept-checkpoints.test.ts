import { expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { recall, remember } from './kept-checkpoints';

const seal = JSON.parse(readFileSync(resolve('../tests/ledger/golden_seal.json'), 'utf8'));

/** A storage as small as what is asked of it. */
function aStorage(): Storage {
  const kept = new Map<string, string>();
  return { getItem: (name: string) => kept.get(name) ?? null, setItem: (name: string, value: string) => void kept.set(name, value) } as Storage;
}

const tree = (size: number) => ({ size, root: seal.roots[size - 1] ?? String(size), note: `note ${size}` });

test('the first tree ever seen and the newest are kept, and no more than a few', () => {
  const storage = aStorage();
  for (let size = 1; size <= 20; size += 1) remember({ ...recall(storage), keys: { a: 'b' } }, tree(size), storage);
  const { keys, trees } = recall(storage);
  expect(trees.map(({ size }) => size)).toEqual([1, 14, 15, 16, 17, 18, 19, 20]);
  expect(keys).toEqual({ a: 'b' });
});

test('what cannot be read is as if nothing had been kept', () => {
  const storage = aStorage();
  storage.setItem('checkpoints', '{"trees": 1}');
  expect(recall(storage)).toEqual({ keys: {}, trees: [] });
});
