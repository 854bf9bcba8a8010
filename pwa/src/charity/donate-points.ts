/** Give points once, however often the button is pressed or the line breaks. */
import { askAgain } from '../api/answer.svelte';
import { tell } from '../api/ask';
import { ended } from '../api/ended';
import { markChanged } from '../api/kept';
import { DonatePoints } from '../generated/documents/DonatePoints';
import type { DonatePointsInput, DonatePointsMutation, Locale } from '../generated/types';
import { balance } from '../ledger/balance.svelte';
import { totals } from './totals.svelte';

export type Given = DonatePointsMutation['donatePoints'];

/** The same key on every retry: it finds out safely what became of the first try. */
export async function donatePoints(locale: Locale, input: DonatePointsInput) {
  const outcome = await ended(async () => (await tell(DonatePoints, { locale, input })).donatePoints);
  await markChanged();
  if (outcome.kind === 'done') {
    balance.heed(outcome.got.member);
    if (outcome.got.totals) totals.hear(outcome.got.totals);
  }
  if (outcome.kind !== 'unknown') void askAgain();
  return outcome;
}
