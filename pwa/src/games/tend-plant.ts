/** Water or harvest one's own plant, or help a friend's: each once, however often the button is pressed. */
import { askAgain } from '../api/answer.svelte';
import { tell } from '../api/ask';
import { ended, type Ended } from '../api/ended';
import { markChanged } from '../api/kept';
import { HarvestPlant } from '../generated/documents/HarvestPlant';
import { HelpPlant } from '../generated/documents/HelpPlant';
import { WaterPlant } from '../generated/documents/WaterPlant';
import type { Locale } from '../generated/types';

export function waterPlant(locale: Locale, idempotencyKey: string) {
  return tending(() => ended(async () => (await tell(WaterPlant, { locale, input: { idempotencyKey } })).waterPlant));
}

export function harvestPlant(locale: Locale, idempotencyKey: string) {
  return tending(() => ended(async () => (await tell(HarvestPlant, { locale, input: { idempotencyKey } })).harvestPlant));
}

export function helpPlant(locale: Locale, code: string, idempotencyKey: string) {
  return tending(() => ended(async () => (await tell(HelpPlant, { locale, input: { code, idempotencyKey } })).helpPlant));
}

async function tending<Got>(act: () => Promise<Ended<Got>>): Promise<Ended<Got>> {
  const outcome = await act();
  await markChanged();
  if (outcome.kind !== 'unknown') await askAgain();
  return outcome;
}
