/* The shell comes from the cache; what a member reads is kept for offline; what she does is never kept nor queued.
   The build fills in VERSION and FILES. */
const VERSION = '__VERSION__';
const FILES = __FILES__;
const SHELL = `shell-${VERSION}`;
const SHELLS_MAX = 2; // the one before stays for pages that are still open
const KEPT_MAX = 60;
const ABOUT = 'kept-about';
const ANSWER_WITHIN_MS = 8000;

addEventListener('install', (event) => event.waitUntil(takeIn()));
addEventListener('activate', (event) => event.waitUntil(tidy()));
addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== location.origin) return;
  if (pathname === '/graphql') event.respondWith(answer(event));
  else if (/^\/(statements|desk)\/./.test(pathname)) return; // a file of hers, never a screen, never kept
  else if (/^\/draws\/.+\.json$/.test(pathname)) return; // what anyone may read of a round, as it now is
  else if (request.mode === 'navigate') event.respondWith(shell());
  else if (FILES.includes(pathname) || pathname.startsWith('/assets/')) event.respondWith(file(request));
});

async function takeIn() {
  const cache = await caches.open(SHELL);
  await cache.addAll(FILES.map((path) => new Request(path, { cache: path.startsWith('/assets/') ? 'default' : 'reload' })));
  await skipWaiting();
}

async function tidy() {
  const shells = (await caches.keys()).filter((name) => name.startsWith('shell-') && name !== SHELL);
  await Promise.all(shells.slice(0, Math.max(0, shells.length - SHELLS_MAX + 1)).map((name) => caches.delete(name)));
  await clients.claim();
}

async function shell() {
  return (await (await caches.open(SHELL)).match('/', { ignoreVary: true })) ?? fetch('/');
}

async function file(request) {
  const path = new URL(request.url).pathname;
  return (await (await caches.open(SHELL)).match(path, { ignoreVary: true })) ?? (await caches.match(path, { ignoreVary: true })) ?? fetch(request);
}

/** Kept and nothing changed since: answer at once, look for news. Else the network first, what is kept as the fallback. */
async function answer(event) {
  const { url } = event.request;
  const member = await note('/member');
  const kept = member && (await (await caches.open(`kept-of-${member}`)).match(url, { ignoreVary: true }));
  const network = ask(event.request);
  if (kept && new Date(kept.headers.get('x-as-of')) > (await changedAt())) {
    event.waitUntil(network.then((response) => response.text(), () => undefined).then((text) => tell(event, { address: url.slice(location.origin.length), text })));
    return kept;
  }
  return network.catch(() => (kept ? offline(kept) : Response.error()));
}

async function ask(request) {
  const askedAt = Date.now();
  const response = await fetch(request, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
  if (response.status >= 500) throw new Error(response.statusText);
  if (response.ok) await keep(request.url, await response.clone().text(), askedAt);
  return response;
}

/** Keep an answer under the member it was given to, unless something changed while it was on its way. */
async function keep(url, text, askedAt) {
  const { data, errors } = JSON.parse(text);
  if (errors || !data || data.viewer === undefined || askedAt <= (await changedAt())) return;
  const member = data.viewer?.id;
  if (member !== (await note('/member'))) await forget();
  if (!member) return;
  await (await caches.open(ABOUT)).put('/member', new Response(member));
  const cache = await caches.open(`kept-of-${member}`);
  await cache.put(url, new Response(text, { headers: { 'content-type': 'application/json', 'x-as-of': new Date(askedAt).toISOString() } }));
  const [oldest, ...rest] = await cache.keys();
  if (rest.length >= KEPT_MAX) await cache.delete(oldest);
}

async function forget() {
  const names = (await caches.keys()).filter((name) => name.startsWith('kept-of-'));
  await Promise.all([...names.map((name) => caches.delete(name)), caches.open(ABOUT).then((about) => about.delete('/member'))]);
}

async function changedAt() {
  return Number((await note('/changed-at')) ?? 0);
}

async function note(path) {
  return (await (await caches.open(ABOUT)).match(path))?.text();
}

function offline(kept) {
  const headers = new Headers(kept.headers);
  headers.set('x-offline', '1');
  return new Response(kept.body, { headers });
}

async function tell(event, news) {
  (await clients.get(event.clientId || event.resultingClientId))?.postMessage(news);
}
