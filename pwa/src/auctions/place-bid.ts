/** Bid once, or buy once, however often the button is pressed or the line breaks. */
import { tell } from '../api/ask';
import { ended, type Ended } from '../api/ended';
import { markChanged } from '../api/kept';
import { BuyNow } from '../generated/documents/BuyNow';
import { PlaceBid } from '../generated/documents/PlaceBid';
import type { BuyNowInput, Locale, PlaceBidInput, PlaceBidMutation } from '../generated/types';

/** How the auction stands and what she has to do with it now: told with a refusal as well. */
export type Told = PlaceBidMutation['placeBid'];

export function placeBid(locale: Locale, input: PlaceBidInput): Promise<Ended<Told>> {
  return acting(async () => (await tell(PlaceBid, { locale, input })).placeBid);
}

export function buyNow(locale: Locale, input: BuyNowInput): Promise<Ended<Told>> {
  return acting(async () => (await tell(BuyNow, { locale, input })).buyNow);
}

async function acting(act: () => Promise<Told>): Promise<Ended<Told>> {
  const outcome = await ended(act).catch(() => ({ kind: 'unknown' }) as const);
  await markChanged();
  return outcome;
}
