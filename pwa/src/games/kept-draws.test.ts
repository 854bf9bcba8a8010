import { expect, test } from 'vitest';
import { keepDraw, recallDraw, type KeptDraw } from './kept-draws';

function aStorage(text?: string): Storage {
  const items = new Map<string, string>(text === undefined ? [] : [['draws', text]]);
  return { getItem: (name: string) => items.get(name) ?? null, setItem: (name: string, value: string) => void items.set(name, value) } as unknown as Storage;
}
const a = (drawId: string): KeptDraw => ({ drawId, roundId: 'r', commitment: 'c', termsHash: 't', hash: 'h', number: 1 });

test('what was kept first of a draw stays, whatever is told later', () => {
  const storage = aStorage();
  keepDraw(a('one'), storage);
  keepDraw({ ...a('one'), commitment: 'another' }, storage);
  expect(recallDraw('one', storage)).toEqual(a('one'));
  expect(recallDraw('two', storage)).toBeUndefined();
});

test('the oldest make room, and nonsense is no memory', () => {
  const storage = aStorage('{nonsense');
  for (let number = 0; number < 201; number++) keepDraw(a(String(number)), storage);
  expect(recallDraw('0', storage)).toBeUndefined();
  expect(recallDraw('200', storage)).toBeDefined();
});
