/** Send points once, however often the button is pressed or the line breaks; take them back while that is possible. */
import { askAgain } from '../api/answer.svelte';
import { tell } from '../api/ask';
import { ended, type Ended } from '../api/ended';
import { markChanged } from '../api/kept';
import { TakeBackTransfer } from '../generated/documents/TakeBackTransfer';
import { TransferPoints } from '../generated/documents/TransferPoints';
import type { Locale, TakeBackTransferInput, TransferPointsInput } from '../generated/types';
import { balance } from './balance.svelte';

/** The same key on every retry: it finds out safely what became of the first try. */
export function transferPoints(locale: Locale, input: TransferPointsInput) {
  return moving(() => ended(async () => (await tell(TransferPoints, { locale, input })).transferPoints));
}

export function takeBackTransfer(locale: Locale, input: TakeBackTransferInput) {
  return moving(() => ended(async () => (await tell(TakeBackTransfer, { locale, input })).takeBackTransfer));
}

async function moving<Got extends { member: { lastEventSeq: number; points: { available: number } } }>(act: () => Promise<Ended<Got>>): Promise<Ended<Got>> {
  const outcome = await act();
  await markChanged();
  if (outcome.kind === 'done') balance.heed(outcome.got.member);
  if (outcome.kind !== 'unknown') void askAgain();
  return outcome;
}
