/** What a stake wins, and which stakes to offer: the server's own rule, so that what is shown is what is promised. */

const WHOLE_BP = 10_000;
const ROUND_TO = 10;

interface Prize {
  bonusBp: number | null;
  bonusCap: number | null;
  bonusPoints: number | null;
}

/** Fixed, or the stake's share rounded down, capped. */
export function bonusOf({ bonusBp, bonusCap, bonusPoints }: Prize, stake: number): number {
  if (bonusPoints !== null) return bonusPoints;
  return Math.min(bonusCap ?? 0, Math.floor((stake * (bonusBp ?? 0)) / WHOLE_BP));
}

/** The least, one in between, and the most that she may and can stake; fewer where they are the same, at least one. */
export function stakesOffered(minimum: number, maximum: number, room: number, available: number): number[] {
  const most = Math.max(minimum, Math.min(maximum, room, available));
  const between = Math.round((minimum + most) / 2 / ROUND_TO) * ROUND_TO;
  return [...new Set([minimum, Math.min(most, Math.max(minimum, between)), most])];
}
