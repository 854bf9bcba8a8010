/** What has been given to each project, as every screen shows it: the higher version wins, wherever it came from. */
import { CharityTotals } from '../generated/documents/CharityTotals';
import type { TotalsPartsFragment } from '../generated/types';
import { later } from './later';

export type Standing = TotalsPartsFragment;

class Totals {
  private all = $state.raw<Record<string, Standing>>({});

  /** The newest known of a project; `told` where nothing newer has been heard. */
  of(told: Standing): Standing {
    return later(this.all[told.projectId], told);
  }

  hear(told: Standing): void {
    const now = later(this.all[told.projectId], told);
    if (now !== this.all[told.projectId]) this.all = { ...this.all, [told.projectId]: now };
  }
}

export const totals = new Totals();

/** Hear every change of a project's totals; returns how to stop. */
export function followTotals(projectId: string): () => void {
  let stop = () => {};
  let ended = false;
  void import('../notifications/live').then(({ follow }) => {
    if (!ended) stop = follow(CharityTotals, () => ({ projectId }), ({ charityTotals }) => totals.hear(charityTotals));
  }, () => {});
  return () => {
    ended = true;
    stop();
  };
}
