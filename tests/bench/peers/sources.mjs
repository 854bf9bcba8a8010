// What resolvers read, each thing at most once in a request and loaded for all who want it at the same moment.
import DataLoader from "dataloader";
import { dayOf } from "./calendar.mjs";
import { rows } from "./database.mjs";
import { alive, burnable, expiring, oldestCheckIn, tier, windowBegin } from "./standing.mjs";
import * as statements from "./statements.mjs";
import { terms } from "./terms.mjs";

const loader = (name, text, key, many = false) =>
  new DataLoader(async (ids) => {
    const found = Map.groupBy(await rows(name, text, [ids]), (row) => row[key]);
    return ids.map((id) => (many ? (found.get(id) ?? []) : found.get(id)?.[0]));
  });

/** The sources of one request. */
export function sources(memberId) {
  const moment = Date.now();
  const loaders = {
    member: loader("members", statements.MEMBERS, "id"),
    account: loader("accounts", statements.ACCOUNTS, "member_id"),
    lots: loader("lots", statements.LOTS, "member_id", true),
    reward: loader("rewards", statements.REWARDS, "id"),
  };
  const about = {
    moment,
    terms,
    member: () => loaders.member.load(memberId),
    account: () => loaders.account.load(memberId),
    reward: (id) => loaders.reward.load(id),
    lots: once(async () => alive(await loaders.lots.load(memberId), moment)),
    today: once(async () => dayOf((await terms()).zone, moment)),
    notices: (expiresAt) => rows("notices", statements.NOTICES, [memberId, expiresAt]),
    days: once(async () => {
      const found = await rows("check-ins", statements.CHECK_INS, [memberId, oldestCheckIn(await about.today())]);
      return new Map(found.map((row) => [row.day, row]));
    }),
    counts: once(async () => {
      const { text, values } = statements.counts(await terms(), memberId, await about.today());
      return statements.counted(await terms(), (await rows("counts", text, values))[0]);
    }),
    tier: once(async () => {
      const since = windowBegin(await terms(), await about.today());
      return tier(await terms(), await rows("orders", statements.ORDERS, [memberId, since]), moment);
    }),
    means: once(async () => {
      const [lots, account, stands, limited] = await Promise.all([
        about.lots(), about.account(), about.tier(), rows("limited", statements.LIMITED, [memberId]),
      ]);
      return means(lots, account, stands, limited);
    }),
    past: once(() => rows("past", statements.PAST, [memberId])),
    offered: once(() => rows("candidates", statements.CANDIDATES)),
  };
  return about;
}

/** What she redeems with. */
export const means = (lots, account, stands, limited) => ({
  burnable: burnable(lots),
  rank: stands.tier.rank,
  frozen: Boolean(account?.frozen_at),
  redeemed: new Map(limited.map((row) => [row.reward_id, row.count])),
});

/** What is known of her when rewards are ranked. */
export const taste = (lots, past, terms, moment) => ({
  available: burnable(lots),
  expiring: expiring(lots, terms, moment)?.points ?? 0,
  redeemed: past,
  leavingDays: terms.leaving_soon_days,
});

function once(read) {
  let found;
  return () => (found ??= read());
}
