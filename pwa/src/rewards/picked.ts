/** Open a reward's sheet with what the plate already knows, so that it paints at once. */
import type { RewardCardFragment } from '../generated/types';
import { router } from '../router.svelte';

let latest: RewardCardFragment | undefined;

export function pick(reward: RewardCardFragment): void {
  latest = reward;
  router.open('reward', String(reward.id));
}

export function pickedReward(id: string): RewardCardFragment | undefined {
  return latest && String(latest.id) === id ? latest : undefined;
}
