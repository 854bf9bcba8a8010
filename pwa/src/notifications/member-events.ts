/** Let the member's events reach the balance, the notices and the screen. */
import { askAgain } from '../api/answer.svelte';
import { markChanged } from '../api/kept';
import { MemberEvents } from '../generated/documents/MemberEvents';
import type { Locale } from '../generated/types';
import { balance } from '../ledger/balance.svelte';
import { router } from '../router.svelte';
import { sendShown } from './acknowledging';
import { Arrivals } from './arrivals';
import { follow, onWaking } from './live';
import { noticeOf, type MemberEvent } from './notice-of';
import { notices } from './notices.svelte';
import { notificationWords } from './words';

const SETTLE_MS = 400;
let settling: ReturnType<typeof setTimeout> | undefined;

/** Follow them in `locale`; returns how to stop. */
export function followMemberEvents(locale: Locale): () => void {
  void sendShown(); // what an earlier visit had no line for
  const arrivals = new Arrivals(balance.seq);
  const stopFollowing = follow(MemberEvents, () => ({ locale, after: arrivals.after }), ({ memberEvents: event }) => {
    if (event.__typename === 'StartOver') {
      arrivals.startOver(event.seq);
      startOver(event);
    } else if (arrivals.isNew(event.seq)) hear(event);
  });
  const stopWaking = onWaking(refresh);
  return () => {
    stopFollowing();
    stopWaking();
  };
}

function hear(event: MemberEvent): void {
  balance.hear({ seq: event.seq, available: event.available });
  const notice = noticeOf(event, notificationWords.now.events, router.path);
  if (notice) notices.show(notice);
  void markChanged();
  clearTimeout(settling);
  settling = setTimeout(refresh, SETTLE_MS);
}

function startOver(event: MemberEvent): void {
  balance.reset();
  balance.hear({ seq: event.seq, available: event.available });
  void refresh();
}

async function refresh(): Promise<void> {
  await markChanged();
  await askAgain();
}
