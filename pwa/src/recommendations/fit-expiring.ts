/** Which rewards use up points that are about to expire. */

interface Priced {
  points: number;
}

/**
 * Rewards in the order in which they use `expiring` points best: those that cost at most that, dearest first
 * (the least is left over), then those that cost more, cheapest first (all of it is used).
 */
export function fitExpiring<Reward extends Priced>(rewards: readonly Reward[], expiring: number): Reward[] {
  const within = rewards.filter(({ points }) => points <= expiring).sort((a, b) => b.points - a.points);
  const beyond = rewards.filter(({ points }) => points > expiring).sort((a, b) => a.points - b.points);
  return [...within, ...beyond];
}
