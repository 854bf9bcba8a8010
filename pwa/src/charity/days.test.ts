import { expect, test } from 'vitest';
import { dayAt, daysBefore, everyDay, kept, rangeUpTo } from './days';

test('the day is the programme’s, not the phone’s', () => {
  const evening = Date.parse('2026-11-22T17:30:00Z');
  expect(dayAt(evening, 'Asia/Shanghai')).toBe('2026-11-23');
  expect(dayAt(evening, 'America/New_York')).toBe('2026-11-22');
});

test('days are counted over months and leap years', () => {
  expect(daysBefore('2028-03-01', 1)).toBe('2028-02-29');
  expect(daysBefore('2026-12-31', -1)).toBe('2027-01-01');
  expect(rangeUpTo('2026-11-22', 7)).toEqual({ from: '2026-11-16', to: '2026-11-22' });
});

test('a range is put the right way round, and kept out of the future', () => {
  expect(kept({ from: '2026-11-30', to: '2026-12-09' }, '2026-11-22')).toEqual({ from: '2026-11-22', to: '2026-11-22' });
  expect(kept({ from: '2026-11-20', to: '2026-11-10' }, '2026-11-22')).toEqual({ from: '2026-11-10', to: '2026-11-10' });
  expect(kept({ from: '2000-01-01', to: '2026-11-22' }, '2026-11-22')).toEqual({ from: '2025-11-22', to: '2026-11-22' });
});

test('a day without gifts is a day too', () => {
  const days = everyDay({ from: '2026-10-31', to: '2026-11-02' }, [{ date: '2026-11-01', points: 5 }]);
  expect(days.map(({ date }) => date)).toEqual(['2026-10-31', '2026-11-01', '2026-11-02']);
  expect(days.map(({ of }) => of?.points)).toEqual([undefined, 5, undefined]);
});
