/** What time it is where bids are taken, ticking for as long as somebody looks. */
import { aheadBy, correction, narrowed, type Ahead } from './server-time';

const LOOKS = 3;
/** Not a whole number of seconds: answers to looks so far apart narrow each other. */
const BETWEEN_LOOKS_MS = 370;
const LOOK_AGAIN_MS = 5 * 60_000;
/** Anything small that is never kept. */
const ADDRESS = '/robots.txt';

class ServerClock {
  private ahead: Ahead | undefined;
  private lookedAt = -Infinity;
  private correction = $state(0);
  private ticked = $state(Date.now());
  now = $derived(this.ticked + this.correction);

  /** Tick once a second, as the seconds turn there; returns how to stop. */
  tick(): () => void {
    let timer: ReturnType<typeof setTimeout>;
    const next = () => {
      this.ticked = Date.now();
      timer = setTimeout(next, 1000 - ((this.ticked + this.correction) % 1000) + 5);
    };
    next();
    void this.look();
    return () => clearTimeout(timer);
  }

  private async look(): Promise<void> {
    if (performance.now() - this.lookedAt < LOOK_AGAIN_MS) return;
    this.lookedAt = performance.now();
    for (let i = 0; i < LOOKS; i++) {
      if (i) await new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS_MS));
      const sent = Date.now();
      const date = await fetch(ADDRESS, { cache: 'no-store' }).then(dateOf, () => null);
      const told = date && aheadBy(sent, Date.now(), date);
      if (told) this.ahead = narrowed(this.ahead, told);
    }
    this.correction = correction(this.ahead);
  }
}

async function dateOf(response: Response): Promise<string | null> {
  await response.text();
  return response.headers.get('date');
}

export const serverClock = new ServerClock();
