import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { buildSchema, isObjectType } from 'graphql';
import { expect, test } from 'vitest';
import { wordingOf, type Refusal } from '../api/refusal';
import { words as refusalsInEnglish } from '../api/words.en';
import { words as refusalsInChinese } from '../api/words.zh-CN';
import { words as english } from './en';
import { words as chinese } from './zh-CN';

const schema = buildSchema(readFileSync(resolve(process.env.MALL_SCHEMA ?? '../schema.graphql'), 'utf8'));
const refusals = Object.values(schema.getTypeMap())
  .filter(isObjectType)
  .filter((type) => type.getInterfaces().some(({ name }) => name === 'Refusal'))
  .map(({ name }) => name);

interface List {
  words: object;
}

/** What every screen says, and each domain's screens after it. */
const zh = [chinese, ...Object.values(import.meta.glob<List>('../*/*words.zh-CN.ts', { eager: true })).map(({ words }) => words)];
const en = [english, ...Object.values(import.meta.glob<List>('../*/*words.en.ts', { eager: true })).map(({ words }) => words)];

const LATER = '2026-12-01T02:00:00Z';

/** A refusal with a value for whatever its wording may ask for. */
function aRefusal(name: string): Refusal {
  const numbers = { missing: 1200, limit: 2, minimum: 10, cap: 5000, left: 500, points: 80, attemptsLeft: 3, retryAfterSeconds: 30, pointsPerYuan: 4.5 };
  return { __typename: name, code: name, message: 'said by the server', required: { name: 'Gold' }, opensAt: LATER, resetsAt: LATER, until: LATER, nextAt: LATER, field: 'phone', ...numbers } as unknown as Refusal;
}

test.each(refusals)('%s is worded in both languages', (name) => {
  expect(refusalsInChinese.refusals).toHaveProperty(name);
  for (const { refusals: wording } of [refusalsInChinese, refusalsInEnglish]) expect(wordingOf(aRefusal(name), wording)).toMatch(/\S/);
});

test('refusals carry their numbers', () => {
  expect(wordingOf(aRefusal('InsufficientPoints'), refusalsInEnglish.refusals)).toBe('1,200 more points');
  expect(wordingOf(aRefusal('InsufficientPoints'), refusalsInChinese.refusals)).toBe('还差 1,200 分');
  expect(wordingOf(aRefusal('WrongCode'), refusalsInEnglish.refusals)).toContain('3 tries');
});

test('a refusal nobody has worded yet is told as the server says it', () => {
  expect(wordingOf(aRefusal('InventedTomorrow'), refusalsInChinese.refusals)).toBe('said by the server');
});

test('no English word has slipped into the Chinese, nor Chinese into the English', () => {
  const foreign = (said: string) => [chinese, english].some(({ switchLanguage: { label, short } }) => said === label || said === short);
  for (const said of plainTexts(zh)) if (!foreign(said)) expect(said).toMatch(/^[^A-Za-z]+$/);
  for (const said of plainTexts(en)) if (!foreign(said)) expect(said).not.toMatch(/\p{Script=Han}/u);
});

test('every domain with words has them in both languages', () => {
  expect(zh.length).toBeGreaterThan(5);
  expect(en).toHaveLength(zh.length);
});

function plainTexts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return value && typeof value === 'object' ? Object.values(value).flatMap(plainTexts) : [];
}
