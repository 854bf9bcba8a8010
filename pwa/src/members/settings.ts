/** What a member may change about herself; each act tells the screens to ask again. */
import { askAgain } from '../api/answer.svelte';
import { tell } from '../api/ask';
import { ended, type Ended } from '../api/ended';
import { RevokeSession } from '../generated/documents/RevokeSession';
import { SaveDelivery } from '../generated/documents/SaveDelivery';
import { UpdateProfile } from '../generated/documents/UpdateProfile';
import type { Locale, SaveDeliveryInput } from '../generated/types';
import { markChanged } from '../api/kept';

export function saveDelivery(locale: Locale, input: SaveDeliveryInput) {
  return changing(() => ended(async () => (await tell(SaveDelivery, { locale, input })).saveDelivery));
}

export function updateNickname(locale: Locale, nickname: string) {
  return changing(() => ended(async () => (await tell(UpdateProfile, { locale, input: { nickname } })).updateProfile));
}

export function revokeSession(locale: Locale, id: string) {
  return changing(() => ended(async () => (await tell(RevokeSession, { locale, input: { id } })).revokeSession));
}

async function changing<Got>(act: () => Promise<Ended<Got>>): Promise<Ended<Got>> {
  const outcome = await act();
  await markChanged();
  if (outcome.kind === 'done') void askAgain();
  return outcome;
}
