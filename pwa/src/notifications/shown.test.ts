import { expect, test } from 'vitest';
import { Shown } from './shown';

function aStore(): Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> & { kept: Map<string, string> } {
  const kept = new Map<string, string>();
  return { kept, getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => void kept.set(name, value), removeItem: (name) => void kept.delete(name) };
}

test('what was shown is kept until it was told, once each', () => {
  const store = aStore();
  new Shown(store, 'ann').add([4, 7, 4]);
  new Shown(store, 'ann').add([7, 9]);
  expect(new Shown(store, 'ann').next()).toEqual([4, 7, 9]);
  new Shown(store, 'ann').drop([4, 9]);
  expect(new Shown(store, 'ann').next()).toEqual([7]);
});

test('one member never speaks for another', () => {
  const store = aStore();
  new Shown(store, 'ann').add([4]);
  expect(new Shown(store, 'ben').next()).toEqual([]);
});

test('at most a hundred go at once, and a store that was spoiled is begun anew', () => {
  const store = aStore();
  new Shown(store, 'ann').add(Array.from({ length: 130 }, (_, n) => n + 1));
  expect(new Shown(store, 'ann').next()).toHaveLength(100);
  store.kept.set('ann', 'not json');
  expect(new Shown(store, 'ann').next()).toEqual([]);
});

test('nothing left leaves nothing behind', () => {
  const store = aStore();
  new Shown(store, 'ann').add([4]);
  new Shown(store, 'ann').drop([4]);
  expect(store.kept.size).toBe(0);
});
