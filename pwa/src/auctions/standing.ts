/** An auction as it stands: the later telling is true, and the rest follows from it. */
import type { MyBiddingPartsFragment, AuctionStandingPartsFragment } from '../generated/types';

export type Standing = AuctionStandingPartsFragment;
export type Mine = MyBiddingPartsFragment;

/** SETTLING: nobody can bid any more, and how it ended is being written down. */
export type Phase = 'COMING' | 'OPEN' | 'LAST' | 'SETTLING' | 'SOLD' | 'UNSOLD' | 'CANCELLED';

const LAST_MS = 60_000;

/** The later of two standings; told the same version twice, the second telling may say more. */
export function later(known: Standing | undefined, told: Standing): Standing {
  return known && known.version > told.version ? known : told;
}

export function phaseOf({ state, opensAt, endsAt }: Standing, now: number): Phase {
  if (state === 'CLOSED') return 'SOLD';
  if (state === 'UNSOLD' || state === 'CANCELLED') return state;
  const left = Date.parse(endsAt) - now;
  if (now < Date.parse(opensAt)) return 'COMING';
  if (left <= 0) return 'SETTLING';
  return left <= LAST_MS ? 'LAST' : 'OPEN';
}

/** Whether anything can still happen to it. */
export function isRunning({ state }: Standing): boolean {
  return state === 'SCHEDULED' || state === 'OPEN';
}

/** Where she stands: what she was told last, unless somebody else has taken the lead since. */
export interface Hers {
  mine: Mine;
  /** The version of the standing it was told with. */
  version: number;
  alias: string | undefined;
}

export function leads({ mine, version, alias }: Hers, standing: Standing): boolean {
  if (!mine.leading || !isRunning(standing)) return false;
  return standing.version <= version || standing.leaderAlias === alias;
}
