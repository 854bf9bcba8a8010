/** Numbers of news that were shown and not yet told, kept over restarts. */

const SENT_AT_ONCE_MAX = 100;

export class Shown {
  constructor(private readonly store: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>, private readonly name: string) {}

  add(seqs: readonly number[]): void {
    this.keep([...new Set([...this.all(), ...seqs])]);
  }

  /** What to send next: the newest first, for those matter longest. */
  next(): number[] {
    return this.all().slice(-SENT_AT_ONCE_MAX);
  }

  drop(seqs: readonly number[]): void {
    this.keep(this.all().filter((seq) => !seqs.includes(seq)));
  }

  private all(): number[] {
    try {
      const kept: unknown = JSON.parse(this.store.getItem(this.name) ?? '[]');
      return Array.isArray(kept) ? kept.filter(Number.isInteger) : [];
    } catch {
      return [];
    }
  }

  private keep(seqs: number[]): void {
    try {
      if (seqs.length) this.store.setItem(this.name, JSON.stringify(seqs));
      else this.store.removeItem(this.name);
    } catch {
      // No room: it is shown and told again another time.
    }
  }
}
