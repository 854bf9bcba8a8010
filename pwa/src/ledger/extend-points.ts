/** Let the points that expire soon live longer: once in a while, as the programme offers. */
import { tell, Unreachable } from '../api/ask';
import { markChanged } from '../api/kept';
import type { Refusal } from '../api/refusal';
import { ExtendPoints } from '../generated/documents/ExtendPoints';
import type { Locale } from '../generated/types';
import { balance } from './balance.svelte';

export type Extended = { kind: 'done' } | { kind: 'refused'; refusal: Refusal } | { kind: 'unknown' };

/** The same key twice is one extension, so an unanswered one is tried again with its key. */
export async function extendPoints(locale: Locale, idempotencyKey: string): Promise<Extended> {
  try {
    const { refusal, member } = (await tell(ExtendPoints, { locale, input: { idempotencyKey } })).extendPoints;
    await markChanged();
    balance.heed(member);
    return refusal ? { kind: 'refused', refusal } : { kind: 'done' };
  } catch (trouble) {
    if (trouble instanceof Unreachable) return { kind: 'unknown' };
    throw trouble;
  }
}
