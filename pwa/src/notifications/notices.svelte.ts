/** Short notices at the foot of the screen, a few at a time. */

const SHOWN_MAX = 3;
const SHOWN_MS = 6_000;

export interface Notice {
  id: number;
  tone: 'gain' | 'plain' | 'act';
  title: string;
  detail?: string;
  /** What one tap does, at once. */
  act?: { label: string; press(): void };
  link?: { to: string; label: string };
  /** What else could be done, more quietly. */
  more?: { to: string; label: string };
  /** Numbers of the news that this shows, where somebody wants to know that it was shown. */
  seqs?: number[];
  /** A later notice about the same takes its place. */
  about?: string;
}

class Notices {
  all = $state.raw<Notice[]>([]);
  private count = 0;

  show(notice: Omit<Notice, 'id'>): void {
    const id = ++this.count;
    const others = this.all.filter(({ about }) => !about || about !== notice.about);
    this.all = [...others, { ...notice, id }].slice(-SHOWN_MAX);
    // What asks for an act stays until it is dismissed.
    if (notice.tone !== 'act') setTimeout(() => this.dismiss(id), SHOWN_MS);
  }

  dismiss(id: number): void {
    this.all = this.all.filter((notice) => notice.id !== id);
  }

  clear(): void {
    this.all = [];
  }
}

export const notices = new Notices();
