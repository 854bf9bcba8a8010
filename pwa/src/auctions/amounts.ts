/** What she could bid next, and what stands in its way. */
import type { Mine, Standing } from './standing';

/** The chips, in steps above the price. */
const STEPS = [1, 2, 5];
/** One press on the stepper. */
const NUDGE = 1;

export interface Offer {
  points: number;
  /** How much above the price, or above her own maximum while she leads; 0: where bidding opens. */
  more: number;
}

export interface Ladder {
  standing: Standing;
  /** Her own maximum while she leads with it: then a bid raises that. */
  leadingWith: number | undefined;
  cap: number | null;
}

/** What the next bid must at least be. */
export function least({ standing, leadingWith }: Ladder): number {
  return leadingWith === undefined ? standing.minimumBid : leadingWith + 1;
}

export function offers(ladder: Ladder): Offer[] {
  const { standing, leadingWith, cap } = ladder;
  const from = leadingWith ?? (standing.leaderAlias === null ? standing.minimumBid - standing.step : standing.price);
  const base = standing.leaderAlias === null ? standing.minimumBid : from;
  const every = STEPS.map((steps) => from + steps * standing.step).filter((points) => points >= least(ladder) && (cap === null || points <= cap));
  return every.map((points) => ({ points, more: points - base }));
}

/** One press up or down from `points`, never below what can be bid nor above the cap. */
export function nudged(points: number, direction: 1 | -1, ladder: Ladder): number {
  const next = points + direction * NUDGE * ladder.standing.step;
  return Math.max(least(ladder), Math.min(next, ladder.cap ?? next));
}

export type Problem = { kind: 'low'; minimum: number } | { kind: 'cap'; cap: number } | { kind: 'missing'; missing: number };

/** Why a bid of `points` would be refused, as far as this phone can know; what she holds for this auction counts as hers. */
export function problemWith(points: number, ladder: Ladder, available: number | undefined): Problem | undefined {
  if (ladder.cap !== null && Math.max(points, least(ladder)) > ladder.cap) return { kind: 'cap', cap: ladder.cap };
  if (points < least(ladder)) return { kind: 'low', minimum: least(ladder) };
  const missing = points - (ladder.leadingWith ?? 0) - (available ?? points);
  return missing > 0 ? { kind: 'missing', missing } : undefined;
}

/** Whose maximum a standing may be compared with. */
export function leadingMaximum(mine: Mine | null | undefined, leading: boolean): number | undefined {
  return mine && leading ? mine.maximum : undefined;
}
