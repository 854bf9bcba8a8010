import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { buildSchema, isObjectType } from 'graphql';
import { expect, test } from 'vitest';
import { wordingOf, type Refusal } from '../api/refusal';
import { words as en } from './en';
import { words as zh } from './zh-CN';

const schema = buildSchema(readFileSync(resolve(process.env.MALL_SCHEMA ?? '../schema.graphql'), 'utf8'));
const refusals = Object.values(schema.getTypeMap())
  .filter(isObjectType)
  .filter((type) => type.getInterfaces().some(({ name }) => name === 'Refusal'))
  .map(({ name }) => name);

/** A refusal with a value for whatever its wording may ask for. */
function aRefusal(name: string): Refusal {
  const numbers = { missing: 1200, limit: 2, attemptsLeft: 3, retryAfterSeconds: 30, pointsPerYuan: 4.5 };
  return { __typename: name, code: name, message: 'said by the server', required: { name: 'Gold' }, opensAt: '2026-12-01T02:00:00Z', field: 'phone', ...numbers } as unknown as Refusal;
}

test.each(refusals)('%s is worded in both languages', (name) => {
  expect(zh.refusals).toHaveProperty(name);
  for (const { refusals: wording } of [zh, en]) expect(wordingOf(aRefusal(name), wording)).toMatch(/\S/);
});

test('refusals carry their numbers', () => {
  expect(wordingOf(aRefusal('InsufficientPoints'), en.refusals)).toBe('1,200 more points');
  expect(wordingOf(aRefusal('InsufficientPoints'), zh.refusals)).toBe('还差 1,200 分');
  expect(wordingOf(aRefusal('WrongCode'), en.refusals)).toContain('3 tries');
});

test('a refusal nobody has worded yet is told as the server says it', () => {
  expect(wordingOf(aRefusal('InventedTomorrow'), zh.refusals)).toBe('said by the server');
});

test('no English word has slipped into the Chinese, nor Chinese into the English', () => {
  const foreign = (said: string) => said === zh.switchLanguage.label || said === zh.switchLanguage.short || said === en.switchLanguage.label || said === en.switchLanguage.short;
  for (const said of plainTexts(zh)) if (!foreign(said)) expect(said).toMatch(/^[^A-Za-z]+$/);
  for (const said of plainTexts(en)) if (!foreign(said)) expect(said).not.toMatch(/\p{Script=Han}/u);
});

function plainTexts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return value && typeof value === 'object' ? Object.values(value).flatMap(plainTexts) : [];
}
