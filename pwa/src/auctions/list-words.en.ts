/** What lists of auctions and the answer to "outbid" say, in English. */
import { plural, points } from '../i18n/english';
import { formatsFor } from '../i18n/formats';
import type { words as chinese } from './list-words.zh-CN';

const { number } = formatsFor('en');

export const words: typeof chinese = {
  section: {
    title: 'Auctions',
    none: 'No auctions right now. Come back in a while.',
    live: 'Live now',
    coming: 'Coming up',
    ended: 'Just sold',
    mine: 'My auctions',
    outcomes: { LEADING: 'You lead', OUTBID: 'You were outbid', WON: 'It is yours', LOST: 'Not this time', CANCELLED: 'Called off' },
    bids: (count) => plural(count, 'bid', 'bids'),
  },
  outbid: {
    again: (count) => `Bid ${number(count)}`,
    look: 'Have a look',
    led: (name, price) => `You lead ${name} again at ${points(price)}`,
    held: (count) => `${points(count)} held`,
    beaten: (name, price) => `Somebody’s maximum for ${name} is higher: ${points(price)} now`,
    refused: (name) => `No bid on ${name}`,
    unknown: 'The connection broke before the answer came. Pressing again cannot bid twice.',
  },
};
