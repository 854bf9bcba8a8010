/** Listen to the member's events for as long as the page lives, across broken lines and long sleeps. */
import { createClient, type Client } from 'graphql-ws';
import { MemberEvents } from '../generated/documents/MemberEvents';
import type { Locale, MemberEventsSubscription } from '../generated/types';
import { Arrivals, waitBefore } from './arrivals';

const PING_EVERY_MS = 12_000;
const PONG_WITHIN_MS = 5_000;
const LONG_SLEEP_MS = 60_000;
const LOOK_AGAIN_MS = 5_000;

export type MemberEvent = MemberEventsSubscription['memberEvents'];

export interface Listening {
  locale: Locale;
  /** The number of the last event already known. */
  after: number | undefined;
  hear(event: MemberEvent): void;
  /** The books were put back to an earlier day: this event's number is the newest there is. */
  startOver(event: MemberEvent): void;
  /** The phone slept so long that more than events may have changed. */
  wokeUp(): void;
}

/** Start listening; returns how to stop. */
export function listen(listening: Listening): () => void {
  const arrivals = new Arrivals(listening.after);
  const client = aClient();
  const pause = new Pause();
  let stopped = false;
  void (async () => {
    for (let attempt = 0; !stopped; attempt++) {
      while (!navigator.onLine && !stopped) await pause.wait(LOOK_AGAIN_MS);
      const heard = await oneConnection(client, arrivals, listening);
      if (heard) attempt = 0;
      if (!stopped) await pause.wait(waitBefore(attempt));
    }
  })();
  const stopWaking = onWaking(pause, listening);
  return () => {
    stopped = true;
    stopWaking();
    pause.end();
    void client.dispose();
  };
}

/** Listen until the line breaks; true when something was heard on it. */
function oneConnection(client: Client, arrivals: Arrivals, { locale, hear, startOver }: Listening): Promise<boolean> {
  let heard = false;
  const question = { query: MemberEvents.text, operationName: 'MemberEvents', variables: { locale, after: arrivals.after } };
  return new Promise((resolve) => {
    client.subscribe<MemberEventsSubscription>(question, {
      next: ({ data }) => {
        heard = true;
        const event = data?.memberEvents;
        if (event?.__typename === 'StartOver') {
          arrivals.startOver(event.seq);
          startOver(event);
        } else if (event && arrivals.isNew(event.seq)) hear(event);
      },
      error: () => resolve(heard),
      complete: () => resolve(heard),
    });
  });
}

/** A client that gives up at once when the line breaks: trying again, from the right number, is ours. */
function aClient(): Client {
  let dead: ReturnType<typeof setTimeout> | undefined;
  const client = createClient({
    url: `${location.origin.replace(/^http/, 'ws')}/graphql`,
    retryAttempts: 0,
    keepAlive: PING_EVERY_MS,
    on: {
      ping: (received) => {
        if (!received) dead = setTimeout(() => client.terminate(), PONG_WITHIN_MS);
      },
      pong: (received) => {
        if (received) clearTimeout(dead);
      },
      closed: () => clearTimeout(dead),
    },
  });
  return client;
}

/** A wait that ends early when there is reason to hope. */
class Pause {
  private finish = () => {};

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.finish = resolve;
      setTimeout(resolve, ms);
    });
  }

  end(): void {
    this.finish();
  }
}

function onWaking(pause: Pause, { wokeUp }: Listening): () => void {
  let hiddenAt = 0;
  const changed = () => {
    if (document.visibilityState === 'hidden') return void (hiddenAt = Date.now());
    pause.end();
    if (hiddenAt && Date.now() - hiddenAt > LONG_SLEEP_MS) wokeUp();
  };
  const online = () => {
    pause.end();
    wokeUp();
  };
  document.addEventListener('visibilitychange', changed);
  addEventListener('online', online);
  return () => {
    document.removeEventListener('visibilitychange', changed);
    removeEventListener('online', online);
  };
}
