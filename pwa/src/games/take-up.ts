/** Take up a challenge once, however often the button is pressed or the line breaks. */
import { askAgain } from '../api/answer.svelte';
import { tell } from '../api/ask';
import { ended } from '../api/ended';
import { markChanged } from '../api/kept';
import { AcceptChallenge } from '../generated/documents/AcceptChallenge';
import type { AcceptChallengeInput, Locale } from '../generated/types';
import { balance } from '../ledger/balance.svelte';

export async function takeUp(locale: Locale, input: AcceptChallengeInput) {
  const outcome = await ended(async () => (await tell(AcceptChallenge, { locale, input })).acceptChallenge);
  await markChanged();
  if (outcome.kind === 'done') balance.heed(outcome.got.member);
  if (outcome.kind !== 'unknown') await askAgain();
  return outcome;
}
