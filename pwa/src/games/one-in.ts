/** A chance as a small fraction says it: 3 of 1000 is 1 in 333; 0 where there is none. */
export function oneIn(weight: number, weights: number[]): number {
  return weight > 0 ? Math.round(weights.reduce((sum, one) => sum + one, 0) / weight) : 0;
}
