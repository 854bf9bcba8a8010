/** What of her history a member wants to see, and how it is laid out. */
import type { Direction, EntryKind } from '../generated/types';

/** Kinds that are one thing to her. */
export const GROUPS = {
  EARNED: ['EARN', 'RELEASE', 'TOP_UP'],
  SPENT: ['BURN', 'HOLD', 'CAPTURE', 'LET_GO', 'LAPSE'],
  SENT: ['TRANSFER_OUT', 'TRANSFER_IN', 'TAKE_BACK'],
  RETURNED: ['REVERSE', 'CORRECT', 'CLAW_BACK', 'ADJUST', 'SETTLE'],
  EXPIRED: ['EXPIRE', 'EXTEND'],
} as const satisfies Record<string, EntryKind[]>;
export type Group = keyof typeof GROUPS;

export const YEARS = 5;

export interface Wish {
  group: Group | 'EVERY';
  direction: Direction | 'BOTH';
  /** A year, or '' for all of them. */
  year: string;
  reference: string;
}

export interface Asked {
  kinds?: EntryKind[];
  direction?: Direction;
  from?: string;
  to?: string;
  reference?: string;
}

/** The wish as the server is asked; what was not wished for is left out. */
export function askedFor({ group, direction, year, reference }: Wish): Asked {
  return {
    ...(group !== 'EVERY' && { kinds: [...GROUPS[group]] }),
    ...(direction !== 'BOTH' && { direction }),
    ...(year && { from: `${year}-01-01`, to: `${year}-12-31` }),
    ...(reference.trim() && { reference: reference.trim() }),
  };
}

/** This year and those before it that a history is promised for, the newest first. */
export function yearsUntil(now: number): string[] {
  const year = new Date(now).getUTCFullYear();
  return Array.from({ length: YEARS + 1 }, (_, back) => String(year - back));
}

/** Neighbours of one month together, under its name. */
export function byMonth<Entry extends { postedAt: string }>(entries: Entry[], monthOf: (iso: string) => string): { month: string; entries: Entry[] }[] {
  const months: { month: string; entries: Entry[] }[] = [];
  for (const entry of entries) {
    const month = monthOf(entry.postedAt);
    if (months.at(-1)?.month !== month) months.push({ month, entries: [] });
    months.at(-1)!.entries.push(entry);
  }
  return months;
}
