import { expect, test } from 'vitest';
import { noticeOf, type MemberEvent } from './notice-of';
import { words } from './words.en';

const plain = { seq: 8, at: '2026-11-22T02:00:00Z', available: 228 };
const credited: MemberEvent = { ...plain, __typename: 'PointsCredited', points: 128, why: { code: 'ORDER', text: 'Order 9001' } };
const taken = (code: string): MemberEvent => ({ ...plain, __typename: 'PointsTaken', points: 80, why: { code, text: 'Because' } });

test('a credit says how much and why', () => {
  expect(noticeOf(credited, words.events)).toMatchObject({ tone: 'gain', title: '+128 points', detail: 'Order 9001' });
});

test('what the screen has already told is not told again', () => {
  expect(noticeOf({ ...credited, why: { code: 'TASK', text: 'Done' } }, words.events)).toBeUndefined();
  expect(noticeOf(taken('REDEMPTION'), words.events)).toBeUndefined();
  expect(noticeOf(taken('EXPIRED'), words.events)).toMatchObject({ tone: 'plain' });
});

test('points that were pending are told again once they can be used', () => {
  const released: MemberEvent = { ...plain, __typename: 'PointsReleased', points: 200, why: { text: 'The return period is over' } };
  expect(noticeOf(released, words.events)).toMatchObject({ tone: 'gain', title: '200 points can be used now', detail: 'The return period is over' });
});

test('an expiry warning brings its way to use the points, and says whose showing is to be told', () => {
  const warned: MemberEvent = { ...plain, __typename: 'ExpiryWarned', points: 320, expiresAt: '2026-11-30T16:00:00Z', daysLeft: 7 };
  expect(noticeOf(warned, words.events)).toMatchObject({ link: { to: '/rewards?shelf=fitting', label: 'Use them' }, more: { to: '/points' }, seqs: [8] });
});

test('an extension she asked for is told where she asked, any other is told here', () => {
  const extended = (code: string): MemberEvent => ({ ...plain, __typename: 'PointsExtended', points: 320, expiresAt: '2026-11-30T16:00:00Z', why: { code, text: 'Because' } });
  expect(noticeOf(extended('EXTENDED_ON_REQUEST'), words.events)).toBeUndefined();
  expect(noticeOf(extended('EXTENDED_UNTOLD'), words.events)).toMatchObject({ tone: 'gain', detail: 'Because' });
});

test('a tier is a joy on the way up and plain on the way down', () => {
  const changed = (rank: number, before: number): MemberEvent => ({ ...plain, __typename: 'TierChanged', tier: { name: 'Gold', rank }, previous: { rank: before } });
  expect(noticeOf(changed(3, 2), words.events)?.tone).toBe('gain');
  expect(noticeOf(changed(2, 3), words.events)?.tone).toBe('plain');
});

const outbid: MemberEvent = { ...plain, __typename: 'Outbid', auctionId: 'a1', title: 'Celadon plate', price: 60, minimumBid: 70, released: 50 };

test('outbid brings what is back and one tap to bid the next minimum', () => {
  const notice = noticeOf(outbid, words.events);
  expect(notice).toMatchObject({ tone: 'act', about: 'a1', title: 'Outbid on Celadon plate: 60 points now', detail: 'Your 50 are back', act: { label: 'Bid 70' }, more: { to: '/auction/a1' } });
  expect(noticeOf({ ...outbid, released: 0 }, words.events)?.detail).toBeUndefined();
});

test('the screen of an auction tells its own news; another screen is told', () => {
  expect(noticeOf(outbid, words.events, '/auction/a1')).toBeUndefined();
  expect(noticeOf(outbid, words.events, '/auction/a2')).toBeDefined();
  expect(noticeOf(taken('AUCTION_WON'), words.events)).toBeUndefined();
});

test('a badge and what was added to a gift are joys; nothing added is no news', () => {
  const matched = (minor: number): MemberEvent => ({ ...plain, __typename: 'DonationMatched', donationId: 'd', matchedMinor: minor, currency: 'CNY', projectTitle: 'Library' });
  expect(noticeOf(matched(150), words.events)).toMatchObject({ tone: 'gain', title: 'The programme added ¥1.50 to your gift', detail: 'Library' });
  expect(noticeOf(matched(0), words.events)).toBeUndefined();
  const badge: MemberEvent = { ...plain, __typename: 'BadgeEarned', name: 'Donor' };
  expect(noticeOf(badge, words.events)).toMatchObject({ tone: 'gain', more: { to: '/donations' } });
  for (const event of [badge, matched(150)]) expect(noticeOf(event, words.events, '/giving/abc')).toBeUndefined();
});
