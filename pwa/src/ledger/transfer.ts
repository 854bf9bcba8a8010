/** What a transfer costs, and how long it can still be taken back. */

const BASIS_POINTS = 10_000;
const MINUTE_MS = 60_000;

/** The fee on top of `points`, rounded down as the server does. */
export function feeOf(points: number, feeBp: number): number {
  return Math.floor((points * feeBp) / BASIS_POINTS);
}

/** The whole points that were typed, 0 for anything else. */
export function pointsTyped(typed: string): number {
  const digits = typed.replace(/[\s,，]/g, '');
  const points = /^\d{1,15}$/.test(digits) ? Number(digits) : 0;
  return Number.isSafeInteger(points) ? points : 0;
}

/** Minutes until `finalAt`, begun ones counted; 0: it is final. */
export function minutesLeft(finalAt: string, now: number): number {
  return Math.max(0, Math.ceil((Date.parse(finalAt) - now) / MINUTE_MS));
}
