/** Say which news this phone has shown: now, or when there is a line again; twice is as good as once. */
import { tell } from '../api/ask';
import { AcknowledgeEvents } from '../generated/documents/AcknowledgeEvents';
import { session } from '../members/session.svelte';
import { Shown } from './shown';

const SEEN_SHARE = 0.6;
const SEEN_AFTER_MS = 600;

/** Tell when `node` has stood before somebody's eyes for a moment; returns how to stop watching. */
export function onceSeen(node: Element, seqs: readonly number[]): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let inView = false;
  const look = () => {
    clearTimeout(timer);
    if (inView && document.visibilityState === 'visible') timer = setTimeout(seen, SEEN_AFTER_MS);
  };
  const watching = new IntersectionObserver(([entry]) => { inView = !!entry?.isIntersecting; look(); }, { threshold: SEEN_SHARE });
  const stop = () => {
    clearTimeout(timer);
    watching.disconnect();
    document.removeEventListener('visibilitychange', look);
  };
  const seen = () => {
    stop();
    acknowledge(seqs);
  };
  watching.observe(node);
  document.addEventListener('visibilitychange', look);
  return stop;
}

/** Note that these were shown, and send all that is noted. */
export function acknowledge(seqs: readonly number[]): void {
  if (!session.memberId) return;
  shownTo(session.memberId).add(seqs);
  void sendShown();
}

/** Send what is noted for her who is signed in; what does not arrive stays noted. */
export async function sendShown(): Promise<void> {
  const member = session.memberId;
  if (!member || !navigator.onLine) return;
  const shown = shownTo(member);
  const seqs = shown.next();
  if (!seqs.length) return;
  try {
    const { acknowledgeEvents: told } = await tell(AcknowledgeEvents, { input: { seqs } });
    shown.drop(told.acknowledged);
  } catch {
    return; // The line will come back, and with it this.
  }
}

/** Per member: a number is somebody's own, and must never speak for somebody else's news. */
function shownTo(member: string): Shown {
  return new Shown(localStorage, `shown:${member}`);
}

addEventListener('online', () => void sendShown());
