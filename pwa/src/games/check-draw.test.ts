import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { workOut } from './check-draw';

const [golden] = JSON.parse(readFileSync(new URL('../../../tests/games/golden_draws.json', import.meta.url), 'utf-8')).rounds;
const published = { ...golden, drawn: golden.draws.length };
const names = JSON.parse(golden.terms).prizes.map(({ name }: { name: { en: string } }) => name.en);
const hersAt = (place: number) => {
  const { id, hash, number, given } = golden.draws[place];
  return { drawId: id, hash, number, prize: { name: names[given] } };
};

test('every draw of a sound round comes out as it was given, replaced ones too', async () => {
  for (const [place, { fell_on: fellOn, given }] of golden.draws.entries()) {
    expect(await workOut(hersAt(place), published, golden.seed)).toMatchObject({ fellOn, given, draws: golden.draws.length, total: 20 });
  }
});

const other = `${golden.seed.slice(0, -2)}ff`;
const lies: [string, () => Promise<unknown>][] = [
  ['terms', () => workOut(hersAt(0), { ...published, terms: golden.terms.replace('"weight":1', '"weight":2') }, golden.seed)],
  ['seed', () => workOut(hersAt(0), published, other)],
  ['hash', () => workOut({ ...hersAt(0), hash: golden.draws[1].hash }, published, golden.seed)],
  ['hash', () => workOut({ ...hersAt(0), drawId: '00000000-0000-4000-8000-000000000000' }, published, golden.seed)],
  ['prize', () => workOut({ ...hersAt(0), prize: { name: names[0] } }, published, golden.seed)],
  ['round', () => workOut(hersAt(0), { ...published, draws: golden.draws.slice(0, -1) }, golden.seed)],
  ['round', () => workOut(hersAt(0), { ...published, draws: golden.draws.map((one: object, place: number) => (place === 9 ? { ...one, given: 0 } : one)) }, golden.seed)],
  ['round', () => workOut({ ...hersAt(0), number: 7 }, published, golden.seed)],
];

test.each(lies)('a lie is caught at the step “%s”', async (at, lie) => {
  await expect(lie()).rejects.toMatchObject({ at });
});
