import { expect, test, vi } from 'vitest';
import { aKey } from './keys';

const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

test('a key is a random UUID', () => {
  expect(aKey()).toMatch(UUID);
  expect(aKey()).not.toBe(aKey());
});

test('it is one where the page is not served securely, too', () => {
  vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) });
  expect(aKey()).toMatch(UUID);
  vi.unstubAllGlobals();
});
