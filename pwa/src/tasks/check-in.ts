/** Check in for today, or repair the day that was missed. */
import { tell, Unreachable } from '../api/ask';
import { CheckIn } from '../generated/documents/CheckIn';
import { RepairCheckIn } from '../generated/documents/RepairCheckIn';
import type { CheckInPartsFragment, Locale } from '../generated/types';
import { markChanged } from '../api/kept';
import type { Refusal } from '../api/refusal';
import { balance } from '../ledger/balance.svelte';

export type CheckedIn =
  | { kind: 'done'; points: number; week: CheckInPartsFragment }
  | { kind: 'refused'; refusal: Refusal; week: CheckInPartsFragment }
  | { kind: 'unknown' };

/** The same key twice is one check-in, so an unanswered one is tried again with its key. */
export async function checkIn(locale: Locale, idempotencyKey: string): Promise<CheckedIn> {
  return outcome(async () => (await tell(CheckIn, { locale, input: { idempotencyKey } })).checkIn);
}

export async function repairCheckIn(locale: Locale, idempotencyKey: string, date: string): Promise<CheckedIn> {
  return outcome(async () => (await tell(RepairCheckIn, { locale, input: { idempotencyKey, date } })).repairCheckIn);
}

interface Payload {
  refusal: Refusal | null;
  points: number | null;
  checkIn: CheckInPartsFragment;
  member: { lastEventSeq: number; points: { available: number } };
}

async function outcome(send: () => Promise<Payload>): Promise<CheckedIn> {
  try {
    const { refusal, points, checkIn: week, member } = await send();
    await markChanged();
    balance.heed(member);
    return refusal ? { kind: 'refused', refusal, week } : { kind: 'done', points: points ?? 0, week };
  } catch (trouble) {
    if (trouble instanceof Unreachable) return { kind: 'unknown' };
    throw trouble;
  }
}
