import { expect, test } from 'vitest';
import { least, nudged, offers, problemWith, type Ladder } from './amounts';
import type { Standing } from './standing';

const standing = { price: 18_600, leaderAlias: 'L**', minimumBid: 18_800, step: 200 } as Standing;
const bidding: Ladder = { standing, leadingWith: undefined, cap: null };
const leading: Ladder = { ...bidding, leadingWith: 20_000 };

test('chips are one, two and five steps above the price', () => {
  expect(offers(bidding)).toEqual([{ points: 18_800, more: 200 }, { points: 19_000, more: 400 }, { points: 19_600, more: 1000 }]);
});

test('before the first bid they begin where bidding opens', () => {
  const fresh = { ...bidding, standing: { ...standing, leaderAlias: null, price: 0, minimumBid: 5, step: 5 } };
  expect(offers(fresh)).toEqual([{ points: 5, more: 0 }, { points: 10, more: 5 }, { points: 25, more: 20 }]);
});

test('she who leads raises her own maximum', () => {
  expect(least(leading)).toBe(20_001);
  expect(offers(leading).map(({ points }) => points)).toEqual([20_200, 20_400, 21_000]);
});

test('nothing above the cap is offered, and the stepper stays between the least and the cap', () => {
  const capped = { ...bidding, cap: 19_100 };
  expect(offers(capped).map(({ points }) => points)).toEqual([18_800, 19_000]);
  expect(nudged(19_000, 1, capped)).toBe(19_100);
  expect(nudged(18_900, -1, capped)).toBe(18_800);
});

test('what stands in the way is known before it is tried', () => {
  expect(problemWith(18_700, bidding, 50_000)).toEqual({ kind: 'low', minimum: 18_800 });
  expect(problemWith(18_800, bidding, 18_000)).toEqual({ kind: 'missing', missing: 800 });
  expect(problemWith(18_800, bidding, undefined)).toBeUndefined();
  expect(problemWith(19_000, { ...bidding, cap: 18_900 }, 50_000)).toEqual({ kind: 'cap', cap: 18_900 });
  expect(problemWith(18_800, { ...bidding, cap: 18_700 }, 50_000)).toEqual({ kind: 'cap', cap: 18_700 });
});

test('what she already holds here counts as hers when she raises', () => {
  expect(problemWith(20_500, leading, 500)).toBeUndefined();
  expect(problemWith(20_501, leading, 500)).toEqual({ kind: 'missing', missing: 1 });
});
