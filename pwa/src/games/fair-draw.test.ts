import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fromHex, givenFor, hashOfText, placeAt, pointOf, replay, sha256, type Terms } from './fair-draw';

interface Golden {
  name: string;
  seed: string;
  commitment: string;
  terms: string;
  terms_hash: string;
  draws: { id: string; hash: string; fell_on: number; given: number }[];
}
// The very file the server's tests read: both compute the same or one of them is wrong.
const golden: Golden[] = JSON.parse(readFileSync(new URL('../../../tests/games/golden_draws.json', import.meta.url), 'utf-8')).rounds;

describe.each(golden)('the golden round “$name”', ({ seed, commitment, terms, terms_hash: termsHash, draws }) => {
  test('comes to what it always came to', async () => {
    const drawn = await replay(seed, JSON.parse(terms) as Terms, draws.map(({ id }) => id));
    expect(drawn).toEqual(draws.map(({ hash, fell_on: fellOn, given }) => ({ hash, fellOn, given })));
  });

  test('has the seed it committed to, under the terms it published', async () => {
    expect(await sha256(fromHex(seed))).toBe(commitment);
    expect(await hashOfText(terms)).toBe(termsHash);
    expect((JSON.parse(terms) as Terms).commitment).toBe(commitment);
  });

  test('another seed, or an id in another place, gives something else', async () => {
    const ids = draws.map(({ id }) => id);
    const expected = draws.map(({ hash }) => hash);
    const other = `${seed.slice(0, -2)}${seed.endsWith('00') ? '01' : '00'}`;
    expect((await replay(other, JSON.parse(terms) as Terms, ids)).map(({ hash }) => hash)).not.toEqual(expected);
    expect((await replay(seed, JSON.parse(terms) as Terms, [...ids].reverse())).map(({ hash }) => hash)).not.toEqual(expected);
  });
});

test('an id in capitals is the same draw', async () => {
  const [{ seed, terms, draws }] = golden as [Golden];
  const [shouted] = await replay(seed, JSON.parse(terms) as Terms, [draws[0]!.id.toUpperCase()]);
  expect(shouted!.hash).toBe(draws[0]!.hash);
});

test('the first and the last number fall on the first and the last prize', () => {
  expect(placeAt(pointOf('0'.repeat(64), [1, 2, 1]), [1, 2, 1])).toBe(0);
  expect(placeAt(pointOf(`4${'0'.repeat(63)}`, [1, 2, 1]), [1, 2, 1])).toBe(1);
  expect(placeAt(pointOf('f'.repeat(64), [1, 2, 1]), [1, 2, 1])).toBe(2);
});

test('what is sold out is replaced by the rule that was published', () => {
  expect(givenFor(0, [1, 0, null], 'NEXT_DOWN')).toBe(0);
  expect(givenFor(0, [0, 0, 4, null], 'NEXT_DOWN')).toBe(2);
  expect(givenFor(0, [0, 0, 4, null], 'CONSOLATION')).toBe(3);
});
