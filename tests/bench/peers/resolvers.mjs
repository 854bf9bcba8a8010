// The Home operation's resolvers, the same for Apollo and Mercurius: a resolver a field, over sources read once.
import { balance, tasks, week } from "./standing.mjs";
import { taste } from "./sources.mjs";
import { recommended, whyNot } from "./suiting.mjs";
import { globalId, reasonText, say } from "./words.mjs";

const named = { name: (root, { locale }) => say(root.name, locale) };

/** What depends on the language asked for, and what kind a refusal is. */
export const leaves = {
  Tier: named,
  Programme: named,
  Task: {
    title: (root, { locale }) => say(root.title, locale),
    hint: (root, { locale }) => say(root.hint, locale),
  },
  Reward: { ...named, description: (root, { locale }) => say(root.description, locale) },
  RecommendationReason: { text: (root, { locale }) => reasonText(root, locale) },
  Refusal: { __resolveType: (root) => root.__typename },
};

/** A reward as the wire shows it. */
export const rewardView = (row, words, terms) => ({
  row,
  id: globalId("Reward", row.id),
  sku: row.sku,
  kind: row.kind,
  name: words.name,
  description: words.description,
  points: row.points,
  value: words.value_minor === null ? null : { minor: words.value_minor, currency: terms.currency },
  stock: row.left,
  hot: row.hot,
  availableUntil: row.available_until,
});

async function recommendedRewards(_, { first }, { about }) {
  const [offered, means, lots, past, terms] = await Promise.all([
    about.offered(), about.means(), about.lots(), about.past(), about.terms(),
  ]);
  const hers = taste(lots, past, terms, about.moment);
  const found = recommended(offered, means, hers, terms, about.moment, first);
  return Promise.all(
    found.map(async ({ reward, reason }) => ({
      reward: rewardView(reward, await about.reward(reward.id), terms),
      reason,
    })),
  );
}

export const resolvers = {
  Query: {
    viewer: (_, __, { memberId }) => memberId && { id: globalId("Member", memberId) },
    programme: (_, __, { about }) => about.terms(),
  },
  Member: {
    enrolled: async (_, __, { about }) => (await about.member()).enrolled_at !== null,
    nickname: async (_, __, { about }) => (await about.member()).nickname,
    lastEventSeq: async (_, __, { about }) => (await about.account())?.told ?? 0,
    points: async (_, __, { about }) =>
      balance(...(await Promise.all([about.account(), about.lots(), about.terms()])), about.moment),
    checkIn: async (_, __, { about }) => week(...(await Promise.all([about.days(), about.terms(), about.today()]))),
    tasks: async (_, __, { about }) =>
      tasks(...(await Promise.all([about.terms(), about.counts(), about.days(), about.today()]))),
    tier: (_, __, { about }) => about.tier(),
    recommendedRewards,
  },
  ...leaves,
  ExpiringPoints: {
    notices: async ({ expiresAt }, _, { about }) => (await about.notices(expiresAt)).map((row) => row.told_seq),
  },
  Reward: {
    ...leaves.Reward,
    whyNot: async ({ row }, _, { about }) =>
      whyNot(row, ...(await Promise.all([about.means(), about.terms()])), about.moment),
  },
};
