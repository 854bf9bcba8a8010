/** The answer to "outbid", from wherever she is: one tap bids, and what came of it is said where it was asked. */
import { askAgain } from '../api/answer.svelte';
import { aKey } from '../api/keys';
import { wordingOf, type Refusal } from '../api/refusal';
import { refusalWords } from '../api/words';
import { speech } from '../i18n/speech.svelte';
import { notices, type Notice } from '../notifications/notices.svelte';
import { listWords } from './list-words';
import { placeBid, type Told } from './place-bid';

export interface Again {
  auctionId: string;
  title: string;
  maximum: number;
  /** Made when the question was shown; the same on every retry. */
  key: string;
}

export async function bidAgain(again: Again): Promise<void> {
  const { auctionId, maximum, key } = again;
  const outcome = await placeBid(speech.locale, { auctionId, maximum, idempotencyKey: key });
  if (outcome.kind === 'unknown') notices.show({ ...asking(again), title: listWords.now.outbid.unknown });
  else notices.show(outcome.kind === 'refused' ? refused(again, outcome.refusal) : done(again, outcome.got));
  if (outcome.kind !== 'unknown') void askAgain();
}

function done(again: Again, { mine, standing }: Told): Omit<Notice, 'id'> {
  const say = listWords.now.outbid;
  const price = standing?.price ?? again.maximum;
  if (!mine?.leading) return { ...asking(once(again, standing?.minimumBid ?? price)), title: say.beaten(again.title, price) };
  return { tone: 'gain', about: again.auctionId, title: say.led(again.title, price), detail: say.held(mine.held) };
}

function refused(again: Again, refusal: Refusal): Omit<Notice, 'id'> {
  const detail = wordingOf(refusal, refusalWords.now.refusals);
  const said = { title: listWords.now.outbid.refused(again.title), detail };
  if (refusal.__typename === 'BidTooLow') return { ...asking(once(again, refusal.minimum)), ...said };
  return { tone: 'plain', about: again.auctionId, ...said };
}

/** Another amount is another bid. */
function once(again: Again, maximum: number): Again {
  return { ...again, maximum, key: aKey() };
}

function asking(again: Again) {
  const say = listWords.now.outbid;
  return {
    tone: 'act' as const,
    about: again.auctionId,
    act: { label: say.again(again.maximum), press: () => void bidAgain(again) },
    more: { to: `/auction/${again.auctionId}`, label: say.look },
  };
}
