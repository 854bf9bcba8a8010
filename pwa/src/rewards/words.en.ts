/** What the screens of rewards say, in English. */
import { formatsFor } from '../i18n/formats';
import type { words as chinese } from './words.zh-CN';

const { number, moment } = formatsFor('en');

export const words: typeof chinese = {
  shelf: {
    title: 'Rewards',
    shelves: { HOT: 'Hot right now', LEAVING_SOON: 'Leaving soon', REACH: 'Within reach', ALL: 'All rewards' },
    kinds: { PHYSICAL: 'Goods', COUPON: 'Vouchers', SERVICE: 'Services' },
    everyKind: 'All',
    kindFilter: 'Filter by kind',
    worth: (money) => `${money} in a shop`,
    limit: (limit) => `${number(limit)} per member`,
    until: (at) => `until ${moment(at)}`,
    forTier: (tier) => `${tier} and above`,
    empty: 'This shelf is empty for now.',
  },
  sheet: {
    balanceNow: 'Points to spend',
    balanceAfter: 'Balance after',
    redeem: (count) => `Redeem · ${number(count)} pts`,
    confirm: 'Confirm',
    busy: 'Redeeming…',
    offline: 'Offline: redeeming needs a connection',
    unknown: 'The connection broke before the answer came. Trying again cannot charge you twice.',
    delivery: { PHYSICAL: 'Delivery', COUPON: 'Your voucher code appears at once', SERVICE: 'You get a code to show on site' },
    change: 'Change delivery',
    sendHome: 'Send it to my address instead',
    gone: 'This reward is no longer here.',
  },
  receipt: {
    done: 'Redeemed',
    yours: (name) => `You got ${name}. It is in your account.`,
    replayed: 'It had already gone through. You were not charged twice.',
    codes: { PHYSICAL: 'Pick-up code', COUPON: 'Voucher code', SERVICE: 'Service code' },
    copyCode: 'Copy the code',
    balance: 'Balance now',
    fingerprint: 'Receipt fingerprint',
    mine: 'My redemptions',
  },
  redemptions: {
    title: 'My redemptions',
    empty: 'Nothing redeemed yet. Have a look at the rewards.',
    browse: 'See rewards',
    states: { CONFIRMED: 'Waiting for you', FULFILLED: 'Completed', CANCELLED: 'Cancelled, points returned' },
    on: (at) => `Redeemed ${moment(at)}`,
  },
};
