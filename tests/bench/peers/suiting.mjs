// Which rewards suit a member and why, and why she may not redeem one: the product's rules, whole numbers alike. Pure.
import { daysLeft } from "./calendar.mjs";
import { tierView } from "./standing.mjs";
import { refusal } from "./words.mjs";

const FULL = 1000;
const FITTING = 500;
const NEARLY = 800;
const HABIT_MAX = 3;
const CODES = ["FITS_EXPIRING", "BECAUSE_YOU_REDEEMED", "LEAVING_SOON", "NEARLY_THERE", "WITHIN_REACH", "POPULAR"];
const WEIGHTS = [6, 5, 4, 2, 2, 1];
const { floor, max, min } = Math;

/** The first reason against a reward, or null. `means`: burnable, rank, frozen, redeemed by reward. */
export function whyNot(reward, means, terms, moment) {
  if (means.frozen) return refusal("AccountFrozen");
  if (reward.withdrawn_at !== null || (reward.available_until && Date.parse(reward.available_until) <= moment))
    return refusal("RewardGone");
  if (reward.available_from && Date.parse(reward.available_from) > moment)
    return refusal("NotOpenYet", { opensAt: reward.available_from });
  const required = reward.minimum_tier === null ? null : requiredTier(reward.minimum_tier, terms);
  if (required && means.rank < required.rank) return refusal("TierTooLow", { required: tierView(required) });
  if (reward.left !== null && reward.left <= 0) return refusal("OutOfStock");
  const limit = reward.limit_per_member;
  if (limit !== null && (means.redeemed.get(reward.id) ?? 0) >= limit) return refusal("LimitReached", { limit });
  return reward.points > means.burnable
    ? refusal("InsufficientPoints", { missing: reward.points - means.burnable })
    : null;
}

const requiredTier = (code, terms) =>
  terms.tiers.find((tier) => tier.code === code) ??
  terms.tiers.reduce((highest, tier) => (tier.rank > highest.rank ? tier : highest));

/** The `count` rewards that suit her best, of every kind one: [{reward, reason}]. */
export function recommended(offered, means, taste, terms, moment, count) {
  const has = { ...means, frozen: false };
  const open = offered.filter((reward) => {
    const against = whyNot(reward, has, terms, moment);
    return against === null || against.code === "INSUFFICIENT_POINTS";
  });
  const most = open.reduce((sum, reward) => max(sum, reward.redeemed), 0);
  const ranked = open
    .map((reward) => suggest(reward, taste, most, moment))
    .sort((one, other) => other.score - one.score || (one.reward.sku < other.reward.sku ? -1 : 1));
  return varied(ranked, count);
}

function varied(ranked, count) {
  const best = new Map();
  for (const within of [true, false])
    for (const one of ranked)
      if (one.within === within && !best.has(one.reward.kind)) best.set(one.reward.kind, one);
  const kept = new Set([...best.values()].slice(0, count));
  for (const one of ranked) {
    if (kept.size >= count) break;
    kept.add(one);
  }
  return ranked.filter((one) => kept.has(one));
}

function suggest(reward, taste, most, moment) {
  const within = reward.points <= taste.available;
  const days = reward.available_until ? daysLeft(reward.available_until, moment) : null;
  const likes = taste.redeemed.filter((past) => past.category === reward.category && past.sku !== reward.sku);
  const near = within ? FULL : floor((FULL * max(taste.available, 0)) / reward.points);
  const leaving = days !== null && days <= taste.leavingDays;
  const fits = within ? fit(reward.points, taste.expiring) : 0;
  const strengths = [
    fits,
    floor((near * min(likes.length, HABIT_MAX)) / HABIT_MAX),
    leaving && near >= NEARLY ? floor((FULL * (taste.leavingDays + 1 - days)) / (taste.leavingDays + 1)) : 0,
    within ? 0 : near,
    within ? floor((FULL + floor((FULL * reward.points) / taste.available)) / 2) : 0,
    popularity(reward, most),
  ];
  const nearly = !within && floor((FULL * taste.available) / reward.points) >= NEARLY;
  const said = [
    within && fits >= FITTING,
    likes.length > 0,
    (within || nearly) && leaving,
    nearly,
    within,
    reward.hot,
  ];
  const weighed = strengths.map((strength, index) => strength * WEIGHTS[index]);
  let strongest = -1;
  said.forEach((true_, index) => {
    if (true_ && (strongest < 0 || weighed[index] > weighed[strongest])) strongest = index;
  });
  const code = CODES[strongest < 0 ? 3 : strongest];
  return { reward, within, score: weighed.reduce((sum, one) => sum + one, 0), reason: reason(code, reward, taste, days, likes) };
}

const reason = (code, reward, taste, days, likes) => ({
  code,
  points: code === "FITS_EXPIRING" ? taste.expiring : max(0, reward.points - taste.available),
  days: days ?? 0,
  name: likes[0]?.name ?? null,
});

const fit = (points, expiring) =>
  expiring > 0 ? floor((FULL * min(points, expiring)) / max(points, expiring)) : 0;

function popularity(reward, most) {
  const share = most ? floor((FULL * reward.redeemed) / most) : 0;
  return floor((reward.hot ? share + FULL : share) / 2);
}
