/** Follow what is live for as long as somebody looks: one socket for all, across broken lines and long sleeps. */
import { createClient, type Client } from 'graphql-ws';
import type { LiveDocument } from '../api/document';
import { session } from '../members/session.svelte';
import { waitBefore } from './arrivals';

const PING_EVERY_MS = 12_000;
const PONG_WITHIN_MS = 5_000;
const LONG_SLEEP_MS = 60_000;
const LOOK_AGAIN_MS = 5_000;

/** The socket all followings share. It speaks for whoever was signed in when it was opened. */
let line: { client: Client; speaksFor: string | undefined } | undefined;
let followings = 0;
/** Waits that there is reason to end early. */
const waiting = new Set<() => void>();

/**
 * Hear `document` until told to stop, which is what is returned. After a broken line it is asked anew, with what
 * `variables` say then: whoever needs no more than how things stand gets that first, whoever counts says where to go on.
 */
export function follow<Data, Variables extends object>(document: LiveDocument<Data, Variables>, variables: () => Variables, hear: (data: Data) => void): () => void {
  let stopped = false;
  let leave = () => {};
  followings++;
  void (async () => {
    for (let attempt = 0; !stopped; attempt++) {
      while (!navigator.onLine && !stopped) await wait(LOOK_AGAIN_MS);
      if (stopped) return;
      const heard = await untilItBreaks({ query: document.text, variables: variables() as Record<string, unknown> }, hear, (leaving) => (leave = leaving));
      if (heard) attempt = 0;
      if (!stopped) await wait(waitBefore(attempt));
    }
  })();
  return () => {
    if (stopped) return;
    stopped = true;
    leave();
    if (--followings === 0) hangUp();
  };
}

/** Call `wokeUp` when the phone slept so long, or was so long away, that more than events may have changed. */
export function onWaking(wokeUp: () => void): () => void {
  let hiddenAt = 0;
  const changed = () => {
    if (document.visibilityState === 'hidden') return void (hiddenAt = Date.now());
    if (hiddenAt && Date.now() - hiddenAt > LONG_SLEEP_MS) wokeUp();
  };
  document.addEventListener('visibilitychange', changed);
  addEventListener('online', wokeUp);
  return () => {
    document.removeEventListener('visibilitychange', changed);
    removeEventListener('online', wokeUp);
  };
}

/** True when something was heard before the line broke, or there was no more to hear. */
function untilItBreaks<Data>(question: { query: string; variables: Record<string, unknown> }, hear: (data: Data) => void, onLeaving: (leave: () => void) => void): Promise<boolean> {
  let heard = false;
  return new Promise((resolve) => {
    const leave = clientNow().subscribe<Data>(question, {
      next: ({ data }) => {
        heard = true;
        if (data) hear(data);
      },
      error: () => resolve(heard),
      complete: () => resolve(heard),
    });
    onLeaving(leave);
  });
}

/** The open line; a new one once somebody else is signed in, for the server knows us by the cookie it was opened with. */
function clientNow(): Client {
  if (line && line.speaksFor !== session.memberId) hangUp();
  line ??= { client: aClient(), speaksFor: session.memberId };
  return line.client;
}

function hangUp(): void {
  void line?.client.dispose();
  line = undefined;
}

/** A client that gives up at once when the line breaks: trying again, from the right place, is ours. */
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

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      waiting.delete(end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    waiting.add(end);
  });
}

function hopeAgain(): void {
  for (const end of [...waiting]) end();
}

document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') hopeAgain(); });
addEventListener('online', hopeAgain);
