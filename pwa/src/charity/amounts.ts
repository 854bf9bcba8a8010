/** The amounts offered for giving, and what the programme adds to one. */

const USUAL = [50, 100];
const CHOSEN_FIRST = 100;
const BASIS_POINTS = 10_000;
const FEN = 100;

export interface Offer {
  points: number;
  expiring: boolean;
}

/** The usual amounts, and what expires soon as an amount of its own; never more than she has, unless she has less than all of them. */
export function offersOf(expiring: number): Offer[] {
  const usual = USUAL.map((points) => ({ points, expiring: points === expiring }));
  return expiring > 0 && !USUAL.includes(expiring) ? [...usual, { points: expiring, expiring: true }] : usual;
}

/** The amount that is chosen before she has chosen: one asked for by a link, if it is among those offered. */
export function firstChoice(offers: Offer[], asked: number): number {
  return offers.some(({ points }) => points === asked) ? asked : CHOSEN_FIRST;
}

/** What the programme would add to `points` when so much is left for it, in minor units: as the server counts it. */
export function matchOf(points: number, pointsPerYuan: number, rateBp: number, leftMinor: number): number {
  const worth = Math.floor((points * FEN) / pointsPerYuan);
  return Math.min(leftMinor, Math.floor((worth * rateBp) / BASIS_POINTS));
}
