/** What this phone keeps of a member for reading offline: shared with the service worker, wiped at sign-out. */

const ABOUT = 'kept-about';
const CHANGED_AT = '/changed-at';

/** What the service worker learned after it had already answered from what it kept. */
export interface News {
  address: string;
  text?: string;
}

type Listener = (news: News) => void;
const listeners = new Map<string, Set<Listener>>();
const unheard = new Map<string, News>();

export function listenForNews(): void {
  navigator.serviceWorker?.addEventListener('message', ({ data }: MessageEvent<News>) => {
    const waiting = listeners.get(data.address);
    if (!waiting?.size) return void unheard.set(data.address, data);
    for (const listener of waiting) listener(data);
  });
}

/** Hear what becomes known about `address`, now and later; returns how to stop. */
export function onNews(address: string, listener: Listener): () => void {
  const waiting = listeners.get(address) ?? new Set();
  listeners.set(address, waiting.add(listener));
  const news = unheard.get(address);
  unheard.delete(address);
  if (news) listener(news);
  return () => waiting.delete(listener);
}

/** A new question is on its way: what was learned about older answers no longer matters. */
export function forgetNews(address: string): void {
  unheard.delete(address);
}

/** Everything kept so far may be out of date: the next question goes to the network first. */
export async function markChanged(): Promise<void> {
  if (!hasCaches()) return;
  await (await caches.open(ABOUT)).put(CHANGED_AT, new Response(String(Date.now())));
}

/** Forget every member's answers. */
export async function forgetMember(): Promise<void> {
  unheard.clear();
  if (!hasCaches()) return;
  await markChanged();
  await (await caches.open(ABOUT)).delete('/member');
  await Promise.all((await caches.keys()).filter((name) => name.startsWith('kept-of-')).map((name) => caches.delete(name)));
}

/** Keep an answer that came before there was a service worker to keep it. */
export async function keep(memberId: string, address: string, data: unknown, asOf: Date): Promise<void> {
  const headers = { 'content-type': 'application/json', 'x-as-of': asOf.toISOString() };
  const about = await caches.open(ABOUT);
  await about.put('/member', new Response(memberId));
  await (await caches.open(`kept-of-${memberId}`)).put(address, new Response(JSON.stringify({ data }), { headers }));
}

function hasCaches(): boolean {
  return 'caches' in globalThis;
}
