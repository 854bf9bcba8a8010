import { mount } from 'svelte';
import { rememberedAnswers } from './api/answer.svelte';
import { heed } from './api/ask';
import { keep, listenForNews } from './api/kept';
import App from './App.svelte';
import { tellTimeIn, type Language } from './i18n/formats';
import { speech } from './i18n/speech.svelte';
import { balance } from './ledger/balance.svelte';
import { session } from './members/session.svelte';
import { followLinks, router } from './router.svelte';
import './ui/look.css';

/** What answers share: whoever asked, these are heard before the screen is. */
interface Shared {
  viewer?: { id: string; enrolled?: boolean; lastEventSeq?: number; points?: { available: number } } | null;
  programme?: { zone?: string };
}

heed((data) => {
  const { viewer, programme } = data as Shared;
  if (programme?.zone) tellTimeIn(programme.zone);
  session.heed(viewer);
  balance.heed(viewer);
});
listenForNews();
followLinks();
void speech.speak(document.documentElement.lang as Language).then(start);

function start(): void {
  document.getElementById('early')?.remove();
  mount(App, { target: document.body });
  if (!('serviceWorker' in navigator) || !import.meta.env.PROD) return;
  if (document.readyState === 'complete') useServiceWorker();
  else addEventListener('load', useServiceWorker);
}

function useServiceWorker(): void {
  const { serviceWorker } = navigator;
  let isFirst = !serviceWorker.controller;
  void serviceWorker.register('/sw.js').catch(() => {});
  serviceWorker.addEventListener('controllerchange', () => {
    if (isFirst) keepWhatIsKnown();
    else router.outdated = true;
    isFirst = false;
  });
}

/** Answers that came before there was a service worker would be missing offline. */
function keepWhatIsKnown(): void {
  for (const [address, { data, asOf }] of rememberedAnswers()) {
    if (session.memberId) void keep(session.memberId, address, data, asOf);
  }
}
