/** What the screens of ledger say, in English. */
import { points } from '../i18n/english';
import { formatsFor } from '../i18n/formats';
import type { words as chinese } from './words.zh-CN';

const { number, day, lastDay, decimal } = formatsFor('en');

export const words: typeof chinese = {
  ledger: {
    title: 'Points history',
    filter: 'Filter by kind',
    every: 'All',
    kinds: {
      EARN: 'Earned',
      RELEASE: 'Released',
      CORRECT: 'Corrected',
      CLAW_BACK: 'Taken back',
      BURN: 'Redeemed',
      REVERSE: 'Returned',
      HOLD: 'Reserved',
      CAPTURE: 'Reserved points used',
      LET_GO: 'Reserved points returned',
      LAPSE: 'Reservation ran out',
      TRANSFER_OUT: 'Sent',
      TRANSFER_IN: 'Received',
      TAKE_BACK: 'Transfer undone',
      ADJUST: 'Adjusted',
      EXPIRE: 'Expired',
      EXTEND: 'Extended',
      FREEZE: 'Frozen',
      UNFREEZE: 'Unfrozen',
      TOP_UP: 'Topped up',
      SETTLE: 'Settled',
      MERGE_OUT: 'Merged away',
      MERGE_IN: 'Merged in',
      UNMERGE_OUT: 'Merge undone: given back',
      UNMERGE_IN: 'Merge undone: returned',
    },
    empty: 'Nothing here yet.',
    lots: 'Good until',
    noLots: 'No points to spend right now.',
    lot: (available, earned) => `${number(available)} of ${points(earned)}`,
    lotExpires: (at) => `expire on ${lastDay(at)}`,
    lotForever: 'do not expire',
    lotEarned: (at) => `earned ${day(at)}`,
    why: 'How it was counted',
    base: (count) => `Base ${points(count)}`,
    factor: (label, times) => `${label} × ${decimal(times)}`,
    rule: 'Rule',
    version: (version) => `version ${number(version)}`,
    amount: 'Amount',
    reference: 'Reference',
    happened: 'Happened',
    posted: 'Posted',
    entry: (seq) => `Entry ${number(seq)}`,
    fingerprint: 'Fingerprint',
    check: 'Check this entry',
  },
};
