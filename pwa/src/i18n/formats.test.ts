import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { daysUntil, formatsFor, tellTimeIn } from './formats';

const zh = formatsFor('zh-CN');
const en = formatsFor('en');
const MONTH_END = '2026-11-30T16:00:00Z'; // the first moment of 1 December in Shanghai

beforeAll(() => vi.setSystemTime('2026-11-22T02:00:00Z'));
afterAll(() => vi.useRealTimers());
beforeEach(() => tellTimeIn('Asia/Shanghai'));

test('points are grouped and signed with a true minus', () => {
  expect(zh.number(12480)).toBe('12,480');
  expect(en.signed(312)).toBe('+312');
  expect(en.signed(-3000)).toBe('−3,000');
});

test('money shows cents only where there are some', () => {
  expect(zh.money(12480, 'CNY')).toBe('¥124.80');
  expect(en.money(5000, 'CNY')).toBe('¥50');
  expect(en.money(500, 'JPY')).toBe('¥500');
});

test('points that expire with the month are good on its last day', () => {
  expect(zh.lastDay(MONTH_END)).toBe('11月30日');
  expect(en.lastDay(MONTH_END)).toBe('Nov 30');
});

test('a day of another year says which', () => {
  expect(zh.lastDay('2027-11-30T16:00:00Z')).toBe('2027年11月30日');
  expect(en.day('2025-05-05T03:00:00Z')).toBe('May 5, 2025');
});

test('moments are told in the programme’s zone', () => {
  expect(en.moment('2026-11-30T16:00:00Z')).toBe('Dec 1, 00:00');
  tellTimeIn('Europe/London');
  expect(en.moment('2026-11-30T16:00:00Z')).toBe('Nov 30, 16:00');
});

test('a month is the programme’s, and says its year', () => {
  expect(zh.month('2026-11-30T15:59:59Z')).toBe('2026年11月');
  expect(en.month(MONTH_END)).toBe('December 2026');
});

test('a calendar day keeps its weekday in every zone', () => {
  tellTimeIn('Pacific/Auckland');
  expect(zh.weekday('2026-11-22', 'narrow')).toBe('日');
  expect(en.weekday('2026-11-22', 'long')).toBe('Sunday');
});

test('days left are whole and never negative', () => {
  const now = Date.parse('2026-11-22T00:00:00Z');
  expect(daysUntil('2026-11-24T00:00:00Z', now)).toBe(2);
  expect(daysUntil('2026-11-22T01:00:00Z', now)).toBe(1);
  expect(daysUntil('2026-11-20T00:00:00Z', now)).toBe(0);
});
