/** What a member event says to her, if it says anything. */
import { aKey } from '../api/keys';
import type { MemberEventsSubscription } from '../generated/types';
import { withWords } from '../i18n/speech.svelte';
import type { Notice } from './notices.svelte';
import type { words as chinese } from './words.zh-CN';

export type MemberEvent = MemberEventsSubscription['memberEvents'];

/** A receipt, the week of beads, her own transfer or the task's event tells of these; telling it twice would be noise. */
const TOLD_ELSEWHERE = new Set(['REDEMPTION', 'DRAW', 'DRAW_PRIZE', 'CHECK_IN', 'TASK', 'EXTENDED_ON_REQUEST', 'TRANSFER_SENT', 'TRANSFER_SENT_WITH_FEE', 'TRANSFER_TAKEN_BACK', 'CHALLENGE_WON', 'CHALLENGE_LOST', 'PLANT_HARVESTED', 'DONATION']);
/** So does the auction, or its own news. */
const AUCTION = /^AUCTION_/;

/** `here`: the path of the screen she looks at, which may be telling it already. */
export function noticeOf(event: MemberEvent, say: (typeof chinese)['events'], here = ''): Omit<Notice, 'id'> | undefined {
  if ('auctionId' in event && here === auctionPath(event.auctionId)) return undefined;
  switch (event.__typename) {
    case 'PointsCredited':
      return isToldElsewhere(event.why.code) ? undefined : { tone: 'gain', title: say.credited(event.points), detail: event.why.text };
    case 'PointsTaken':
      return isToldElsewhere(event.why.code) ? undefined : { tone: 'plain', title: say.taken(event.points), detail: event.why.text };
    case 'PointsReleased':
      return { tone: 'gain', title: say.released(event.points), detail: event.why.text };
    case 'ExpiryWarned':
      return { tone: 'act', title: say.warned(event.points, event.daysLeft), link: { to: '/rewards?shelf=fitting', label: say.useThem }, more: { to: '/points', label: say.orExtend }, seqs: [event.seq] };
    case 'PointsExtended':
      return isToldElsewhere(event.why.code) ? undefined : { tone: 'gain', title: say.extended(event.points, event.expiresAt), detail: event.why.text };
    case 'TaskCompleted':
      return { tone: 'gain', title: say.taskDone(event.title, event.points) };
    case 'TierChanged':
      return event.tier.rank > event.previous.rank
        ? { tone: 'gain', title: say.tierUp(event.tier.name) }
        : { tone: 'plain', title: say.tierDown(event.tier.name) };
    case 'ChallengeWon':
      return { tone: 'gain', title: say.challengeWon(event.title, event.bonus), detail: say.stakeBack(event.stake) };
    case 'ChallengeLost':
      return { tone: 'plain', title: say.challengeLost(event.title, event.stake) };
    case 'ChallengeCancelled':
      return { tone: 'plain', title: say.challengeCancelled(event.title), detail: say.stakeBack(event.stake) };
    case 'PlantHelped':
      return { tone: 'gain', title: say.plantHelped(event.alias, event.growth) };
    case 'Outbid':
      return outbid(event, say);
    case 'AuctionWon':
      return { tone: 'gain', about: String(event.auctionId), title: say.auctionWon(event.title, event.price), link: { to: auctionPath(event.auctionId), label: say.seeIt } };
    case 'BidReleased':
      return { tone: 'plain', about: String(event.auctionId), title: say.auctionNotHers(event.title), detail: event.released ? say.givenBack(event.released) : undefined };
    case 'BadgeEarned':
      return isThankedFor(here) ? undefined : { tone: 'gain', title: say.badge(event.name), more: { to: '/donations', label: say.seeIt } };
    case 'DonationMatched':
      return event.matchedMinor && !isThankedFor(here) ? { tone: 'gain', title: say.matched(event.matchedMinor, event.currency), detail: event.projectTitle } : undefined;
    case 'StartOver':
      return undefined;
    case 'RedemptionUpdated':
      return event.state === 'CONFIRMED' ? undefined : { tone: 'plain', title: say.redemption(event.rewardName, say.states[event.state]) };
  }
}

/** One tap bids again: the next minimum, once, however often it is pressed. */
function outbid({ auctionId, title, price, minimumBid, released }: Extract<MemberEvent, { __typename: 'Outbid' }>, say: (typeof chinese)['events']): Omit<Notice, 'id'> {
  const again = { auctionId: String(auctionId), title, maximum: minimumBid, key: aKey() };
  return {
    tone: 'act',
    about: again.auctionId,
    title: say.outbid(title, price),
    detail: released ? say.givenBack(released) : undefined,
    act: { label: say.bidAgain(minimumBid), press: () => void withWords(import('../auctions/bid-again')).then(({ bidAgain }) => bidAgain(again)) },
    more: { to: auctionPath(auctionId), label: say.seeAuction },
  };
}

function auctionPath(id: string | number): string {
  return `/auction/${id}`;
}

function isToldElsewhere(code: string): boolean {
  return TOLD_ELSEWHERE.has(code) || AUCTION.test(code);
}

/** Where she gives, her thanks tell of the match and the badge themselves. */
function isThankedFor(here: string): boolean {
  return here.startsWith('/giving/');
}
