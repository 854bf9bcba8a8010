/** What a member event says to her, if it says anything. */
import type { Words } from '../i18n/zh-CN';
import type { MemberEvent } from './live';
import type { Notice } from './notices.svelte';

/** A receipt, the week of beads or the task's own event tells of these; telling it twice would be noise. */
const TOLD_ELSEWHERE = new Set(['REDEMPTION', 'CHECK_IN', 'TASK']);

export function noticeOf(event: MemberEvent, words: Words): Omit<Notice, 'id'> | undefined {
  const say = words.notices;
  switch (event.__typename) {
    case 'PointsCredited':
      return TOLD_ELSEWHERE.has(event.why.code) ? undefined : { tone: 'gain', title: say.credited(event.points), detail: event.why.text };
    case 'PointsTaken':
      return TOLD_ELSEWHERE.has(event.why.code) ? undefined : { tone: 'plain', title: say.taken(event.points), detail: event.why.text };
    case 'ExpiryWarned':
      return { tone: 'act', title: say.warned(event.points, event.daysLeft), link: { to: '/rewards?shelf=fitting', label: words.home.useThem } };
    case 'TaskCompleted':
      return { tone: 'gain', title: say.taskDone(event.title, event.points) };
    case 'TierChanged':
      return event.tier.rank > event.previous.rank
        ? { tone: 'gain', title: say.tierUp(event.tier.name) }
        : { tone: 'plain', title: say.tierDown(event.tier.name) };
    case 'RedemptionUpdated':
      return event.state === 'CONFIRMED' ? undefined : { tone: 'plain', title: say.redemption(event.rewardName, words.redemptions.states[event.state]) };
  }
}
