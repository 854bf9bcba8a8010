/** The one tag a plate may carry: what is most pressing about the reward. */
import type { RewardCardFragment } from '../generated/types';
import { daysUntil } from '../i18n/formats';
import type { Words } from '../i18n/zh-CN';

const LEAVING_WITHIN_DAYS = 7;
const FEW_LEFT = 10;

export interface Tag {
  text: string;
  urgent: boolean;
}

export function tagOf(reward: Pick<RewardCardFragment, 'availableUntil' | 'stock' | 'hot'>, words: Words['tag'], now = Date.now()): Tag | undefined {
  const days = reward.availableUntil ? daysUntil(reward.availableUntil, now) : Infinity;
  if (days <= LEAVING_WITHIN_DAYS) return { text: words.endsIn(days), urgent: true };
  if (reward.stock !== null && reward.stock > 0 && reward.stock <= FEW_LEFT) return { text: words.left(reward.stock), urgent: true };
  return reward.hot ? { text: words.hot, urgent: false } : undefined;
}
