// The product's own data plan in Node: the catalogue as a snapshot in memory, what is hers in three small statements.
import { sessionOf } from "./asking.mjs";
import { dayOf } from "./calendar.mjs";
import { rows } from "./database.mjs";
import { leaves, rewardView } from "./resolvers.mjs";
import { means, taste } from "./sources.mjs";
import { alive, balance, oldestCheckIn, tasks, tier, week, windowBegin } from "./standing.mjs";
import * as statements from "./statements.mjs";
import { recommended, whyNot } from "./suiting.mjs";
import { terms } from "./terms.mjs";
import { globalId } from "./words.mjs";

const OFFERED_MAX = 300;
const FRESH_MS = 500;
let catalogue = [];
let byId = new Map();

/** Read the catalogue now and keep it fresh. */
export async function keepSnapshot() {
  catalogue = await rows("every reward", statements.EVERY_REWARD);
  byId = new Map(catalogue.map((reward) => [reward.id, reward]));
  setTimeout(keepSnapshot, FRESH_MS).unref();
}

/** Who asks, with all that is hers. */
export async function context(header) {
  const [who, programme] = await Promise.all([sessionOf(header, "who", statements.WHO), terms()]);
  return { who, programme, moment: Date.now() };
}

async function viewer(_, __, { who, programme, moment }) {
  if (who === null) return null;
  const today = dayOf(programme.zone, moment);
  const counts = statements.counts(programme, who.id, today);
  const [hers, [row]] = await Promise.all([
    rows("hers", statements.HERS, [who.id, oldestCheckIn(today), windowBegin(programme, today)]),
    rows("counts", counts.text, counts.values),
  ]);
  return member(who, Map.groupBy(hers, (one) => one.what), statements.counted(programme, row), programme, moment, today);
}

function member(who, hers, counts, programme, moment, today) {
  const of = (what) => hers.get(what) ?? [];
  const lots = alive(of("lot").map((lot) => ({ lot_id: lot.id, expires_at: lot.at, available: lot.points })), moment);
  const days = new Map(of("day").map((one) => [one.day, { ...one, made_at: one.at }]));
  const orders = of("order").map((order) => ({ paid_at: order.at, minor: order.points }));
  const stands = tier(programme, orders.sort((one, other) => (one.paid_at < other.paid_at ? -1 : 1)), moment);
  const limited = of("limited").map((one) => ({ reward_id: one.id, count: one.points }));
  const past = of("past").flatMap((one) => byId.get(one.id) ?? []);
  const has = means(lots, who, stands, limited);
  return {
    id: globalId("Member", who.id),
    enrolled: who.enrolled_at !== null,
    nickname: who.nickname,
    lastEventSeq: who.told ?? 0,
    points: withNotices(balance(who, lots, programme, moment), of("notice")),
    checkIn: week(days, programme, today),
    tasks: tasks(programme, counts, days, today),
    tier: stands,
    means: has,
    taste: taste(lots, past, programme, moment),
  };
}

function withNotices(points, notices) {
  const { expiring } = points;
  if (expiring === null) return points;
  const about = notices.filter((notice) => notice.at === expiring.expiresAt).map((notice) => notice.points);
  return { ...points, expiring: { ...expiring, notices: [...new Set(about)].sort((one, other) => one - other) } };
}

function recommendedRewards({ means: has, taste: hers }, { first }, { programme, moment }) {
  const offered = [];
  for (const reward of catalogue) {
    if (offered.length === OFFERED_MAX) break;
    const over = reward.available_until !== null && Date.parse(reward.available_until) <= moment;
    if (reward.withdrawn_at === null && !over) offered.push(reward);
  }
  return recommended(offered, has, hers, programme, moment, first).map(({ reward, reason }) => ({
    reward: { ...rewardView(reward, reward, programme), whyNot: whyNot(reward, has, programme, moment) },
    reason,
  }));
}

export const resolvers = {
  Query: { viewer, programme: (_, __, { programme }) => programme },
  Member: { recommendedRewards },
  ...leaves,
};
