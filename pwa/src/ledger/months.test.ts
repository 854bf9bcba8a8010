import { expect, test } from 'vitest';
import { daysOf, monthAt, monthsBefore, monthsUpTo } from './months';

test('the month is the one the programme is in', () => {
  const now = Date.parse('2026-11-30T16:00:00Z');
  expect(monthAt(now, 'Asia/Shanghai')).toBe('2026-12');
  expect(monthAt(now, 'Europe/London')).toBe('2026-11');
});

test('a month has its own last day', () => {
  expect(daysOf('2026-11')).toEqual({ from: '2026-11-01', to: '2026-11-30' });
  expect(daysOf('2028-02')).toEqual({ from: '2028-02-01', to: '2028-02-29' });
  expect(daysOf('2026-12')).toEqual({ from: '2026-12-01', to: '2026-12-31' });
});

test('months go back over the end of a year', () => {
  expect(monthsBefore('2026-01', 1)).toBe('2025-12');
  expect(monthsBefore('2026-12', -1)).toBe('2027-01');
  const months = monthsUpTo('2026-11');
  expect([months[0], months[11], months.length]).toEqual(['2026-11', '2025-12', 60]);
});
