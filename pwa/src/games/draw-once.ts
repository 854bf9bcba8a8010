/** Draw once, however often the button is pressed or the line breaks, and keep what was promised at that moment. */
import { tell } from '../api/ask';
import { ended, type Ended } from '../api/ended';
import { markChanged } from '../api/kept';
import { DrawOnce } from '../generated/documents/DrawOnce';
import type { DrawInput, DrawOnceMutation, Locale } from '../generated/types';
import { balance } from '../ledger/balance.svelte';
import { keepDraw } from './kept-draws';

export type Outcome = Ended<DrawOnceMutation['draw']>;

/** The same draw id on every retry: it finds out safely what became of the first try. */
export async function drawOnce(locale: Locale, input: DrawInput): Promise<Outcome> {
  const outcome = await ended(async () => (await tell(DrawOnce, { locale, input })).draw);
  await markChanged();
  if (outcome.kind === 'done') {
    const { draw, member } = outcome.got;
    balance.heed(member);
    if (draw) keepDraw({ drawId: draw.drawId, roundId: String(draw.round.id), commitment: draw.round.commitment, termsHash: draw.round.termsHash, hash: draw.hash, number: draw.number });
  }
  return outcome;
}
