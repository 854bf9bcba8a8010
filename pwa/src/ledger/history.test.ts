import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { buildSchema, isEnumType } from 'graphql';
import { expect, test } from 'vitest';
import { askedFor, byMonth, GROUPS, yearsUntil, type Wish } from './history';

const everything: Wish = { group: 'EVERY', direction: 'BOTH', year: '', reference: '' };

test('who wishes for everything asks for nothing in particular', () => {
  expect(askedFor(everything)).toEqual({});
  expect(askedFor({ ...everything, reference: '  ' })).toEqual({});
});

test('every wish is asked together', () => {
  expect(askedFor({ group: 'EXPIRED', direction: 'OUT', year: '2025', reference: ' A-1 ' })).toEqual({
    kinds: ['EXPIRE', 'EXTEND'], direction: 'OUT', from: '2025-01-01', to: '2025-12-31', reference: 'A-1',
  });
});

test('a kind is in one group at most, and all a member can do herself is in one', () => {
  const grouped: string[] = Object.values(GROUPS).flat();
  expect(new Set(grouped).size).toBe(grouped.length);
  const schema = buildSchema(readFileSync(resolve(process.env.MALL_SCHEMA ?? '../schema.graphql'), 'utf8'));
  const kinds = schema.getType('EntryKind');
  const all = isEnumType(kinds) ? kinds.getValues().map(({ name }) => name) : [];
  expect(all.filter((kind) => !grouped.includes(kind)).every((kind) => /FREEZE|MERGE/.test(kind))).toBe(true);
});

test('five years back can be chosen', () => {
  expect(yearsUntil(Date.parse('2026-11-22T00:00:00Z'))).toEqual(['2026', '2025', '2024', '2023', '2022', '2021']);
});

test('months follow each other as entries do, over the end of a page', () => {
  const entries = ['2026-11-02', '2026-11-01', '2026-10-31', '2025-10-01'].map((postedAt) => ({ postedAt }));
  const months = byMonth(entries, (iso) => iso.slice(0, 7));
  expect(months.map(({ month, entries: { length } }) => [month, length])).toEqual([['2026-11', 2], ['2026-10', 1], ['2025-10', 1]]);
});
