/** The balance as a standing: whichever was numbered later is true. */

export interface BalanceStanding {
  /** Number of the member's latest event this balance includes. */
  seq: number;
  available: number;
}

/** The later of two standings; told the same number twice, the second telling may correct the first. */
export function later(now: BalanceStanding | undefined, told: BalanceStanding): BalanceStanding {
  return now && now.seq > told.seq ? now : told;
}
