/** How one auction stands, on every screen that shows it: whatever tells of it, the higher version is true. */
import { AuctionStanding } from '../generated/documents/AuctionStanding';
import { isRunning, later, leads, type Hers, type Mine, type Standing } from './standing';

export class LiveStanding {
  now = $state.raw<Standing>();
  private hers = $state.raw<Hers>();
  mine: Mine | undefined = $derived(this.hers?.mine);
  leading = $derived(!!this.hers && !!this.now && leads(this.hers, this.now));
  running = $derived(!!this.now && isRunning(this.now));

  hear(told: Standing): void {
    this.now = later(this.now, told);
  }

  /** What she has to do with it, as told together with `version`; her alias as far as it is known. */
  hearMine(mine: Mine | null | undefined, version: number, alias?: string): void {
    if (!mine || (this.hers && this.hers.version > version)) return;
    this.hers = { mine, version, alias: alias ?? this.hers?.alias };
  }

  /** Listen for as long as it runs; returns how to stop. */
  follow(id: string): () => void {
    let stopped = false;
    let stop = () => {};
    void import('../notifications/live').then(
      ({ follow }) => {
        if (!stopped) stop = follow(AuctionStanding, () => ({ id }), ({ auctionStanding }) => this.hear(auctionStanding));
      },
      () => {},
    );
    return () => {
      stopped = true;
      stop();
    };
  }
}
