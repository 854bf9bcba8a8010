/** Events come numbered: each is taken once, and a dropped line is picked up where it broke. */

export class Arrivals {
  /** Without a number nothing is replayed: what comes first is where it starts. */
  constructor(private lastSeq?: number) {}

  /** Where a new connection should start. */
  get after(): number | undefined {
    return this.lastSeq;
  }

  /** The books were put back to an earlier day: what comes next counts from here. */
  startOver(seq: number): void {
    this.lastSeq = seq;
  }

  /** True the first time an event is seen. */
  isNew(seq: number): boolean {
    if (this.lastSeq !== undefined && seq <= this.lastSeq) return false;
    this.lastSeq = seq;
    return true;
  }
}

const WAIT_FIRST_MS = 500;
const WAIT_MAX_MS = 30_000;

/** How long to wait before the nth try in a row: doubling, with some luck mixed in so phones do not return together. */
export function waitBefore(attempt: number, luck = Math.random()): number {
  return Math.min(WAIT_MAX_MS, WAIT_FIRST_MS * 2 ** attempt) * (0.5 + luck / 2);
}
