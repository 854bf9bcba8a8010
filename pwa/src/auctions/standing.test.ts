import { expect, test } from 'vitest';
import { later, leads, phaseOf, type Hers, type Standing } from './standing';

const MINUTE = 60_000;
const opens = Date.parse('2026-11-22T12:00:00Z');
const ends = opens + 60 * MINUTE;

export function aStanding(differing: Partial<Standing> = {}): Standing {
  return {
    auctionId: 'a1', version: 7, state: 'OPEN', price: 18_600, leaderAlias: 'L**', bidCount: 6, minimumBid: 18_800, step: 200,
    opensAt: new Date(opens).toISOString(), endsAt: new Date(ends).toISOString(), extensions: 0, reserveMet: true, buyNowPoints: null, watching: 1, ...differing,
  };
}

test('the higher version is true, whatever comes last', () => {
  const [old, fresh] = [aStanding(), aStanding({ version: 8, price: 19_100 })];
  expect(later(fresh, old)).toBe(fresh);
  expect(later(old, fresh)).toBe(fresh);
  const corrected = aStanding({ watching: 3 });
  expect(later(old, corrected)).toBe(corrected);
});

test('an auction goes through its phases by the clock, and by what the books say', () => {
  const at = (now: number, differing: Partial<Standing> = {}) => phaseOf(aStanding(differing), now);
  expect(at(opens - 1)).toBe('COMING');
  expect(at(opens, { state: 'SCHEDULED' })).toBe('OPEN');
  expect(at(ends - MINUTE - 1)).toBe('OPEN');
  expect(at(ends - MINUTE)).toBe('LAST');
  expect(at(ends)).toBe('SETTLING');
  expect(at(opens, { state: 'CLOSED' })).toBe('SOLD');
  expect(at(ends + 1, { state: 'UNSOLD' })).toBe('UNSOLD');
  expect(at(opens - 1, { state: 'CANCELLED' })).toBe('CANCELLED');
});

test('she leads as long as nobody else is heard to', () => {
  const hers: Hers = { mine: { maximum: 19_000, held: 19_000, leading: true, outcome: 'LEADING', redemptionId: null }, version: 7, alias: 'A**' };
  expect(leads(hers, aStanding({ leaderAlias: 'A**' }))).toBe(true);
  expect(leads(hers, aStanding({ version: 8, leaderAlias: 'A**' }))).toBe(true);
  expect(leads(hers, aStanding({ version: 8, leaderAlias: 'L**' }))).toBe(false);
  expect(leads(hers, aStanding({ version: 8, leaderAlias: 'A**', state: 'CANCELLED' }))).toBe(false);
  expect(leads({ ...hers, mine: { ...hers.mine, leading: false } }, aStanding({ leaderAlias: 'A**' }))).toBe(false);
});
