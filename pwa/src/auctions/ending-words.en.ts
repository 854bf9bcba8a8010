/** What the end of an auction says, in English. */
import { points } from '../i18n/english';
import type { words as chinese } from './ending-words.zh-CN';

export const words: typeof chinese = {
  buyNow: {
    open: (count) => `Buy now for ${points(count)}`,
    title: (count) => `Buy it now for ${points(count)}?`,
    note: 'The auction ends at once and it is yours. The points are spent, not held.',
    after: 'Leaves you',
    act: (count) => `Buy · ${points(count)}`,
    busy: 'Buying…',
  },
  ended: {
    won: 'It is yours',
    wonFor: (price) => `Won for ${points(price)}. Whatever was held beyond that is back.`,
    lost: 'Not this time',
    lostTo: (price, alias) => `${alias} won it for ${points(price)}.`,
    allBack: 'All your points are back, every one of them.',
    sold: (price, alias) => `${alias} won it for ${points(price)}`,
    unsold: 'Not sold',
    unsoldBecause: 'Nobody bid, or not enough for the reserve.',
    cancelled: 'This auction was called off',
    cancelledBecause: 'Every point that was held is back. Nothing was spent.',
    settling: 'The hammer is falling, one moment…',
    prize: 'Your prize',
    prizeLate: 'Your prize is among your redemptions.',
    codes: { PHYSICAL: 'Pick-up code', COUPON: 'Voucher code', SERVICE: 'Service code' },
    mine: 'My redemptions',
  },
};
