import { expect, test } from 'vitest';
import { words } from '../i18n/en';
import { tagOf } from './tag';

const now = Date.parse('2026-11-22T00:00:00Z');
const tag = (reward: Partial<Parameters<typeof tagOf>[0]>) => tagOf({ availableUntil: null, stock: null, hot: false, ...reward }, words.tag, now);

test('the most pressing thing about a reward is what its plate says', () => {
  expect(tag({ hot: true, stock: 3, availableUntil: '2026-11-24T00:00:00Z' })).toEqual({ text: 'Ends in 2 days', urgent: true });
  expect(tag({ hot: true, stock: 3 })).toEqual({ text: '3 left', urgent: true });
  expect(tag({ hot: true, stock: 300 })).toEqual({ text: 'Hot', urgent: false });
});

test('a reward with nothing pressing has no tag', () => {
  expect(tag({ availableUntil: '2027-06-01T00:00:00Z', stock: 0 })).toBeUndefined();
});
