// Every statement about members and rewards. Each is for one member or reward, or for as many as a loader collected.
import { period, startOf } from "./calendar.mjs";

export const MEMBERS = "SELECT id, nickname, enrolled_at FROM member WHERE id = ANY($1)";
export const ACCOUNTS = "SELECT member_id, held, pending, debt, told, frozen_at FROM account WHERE member_id = ANY($1)";
export const LOTS = "SELECT member_id, lot_id, available, expires_at FROM lot WHERE member_id = ANY($1) AND open";
export const NOTICES = `
  SELECT DISTINCT told_seq FROM expiry_notice
  WHERE member_id = $1 AND expires_at = $2 AND told_seq > 0 AND delivered_at IS NULL ORDER BY told_seq`;
export const CHECK_INS = "SELECT day, streak, points, repaired, made_at FROM check_in WHERE member_id = $1 AND day >= $2";

// Whoever was merged into her is her: what was told of them stays under their own ids.
const PARTS = "(SELECT id FROM member WHERE id = $1 OR merged_into = $1)";
export const ORDERS = `
  SELECT paid_at, total_minor - refunded_minor AS minor FROM purchase
  WHERE member_id IN ${PARTS} AND paid_at >= $2 ORDER BY paid_at`;
export const PAST = `
  SELECT w.sku, w.category, w.name FROM redemption r JOIN reward w ON w.id = r.reward_id
  WHERE r.member_id = $1 AND r.state <> 'CANCELLED' ORDER BY r.redeemed_at DESC, r.id DESC LIMIT 30`;
export const LIMITED = `
  SELECT r.reward_id, count(*) FROM redemption r JOIN reward w ON w.id = r.reward_id
  WHERE r.member_id IN ${PARTS} AND w.limit_per_member IS NOT NULL
    AND r.state <> 'CANCELLED' AND r.origin = 'REDEEMED' GROUP BY r.reward_id`;

const RANKED = `r.id, r.sku, r.kind, r.category, r.points, r.hot, r.available_from, r.available_until,
  r.withdrawn_at, r.limit_per_member, r.minimum_tier, s.left, s.redeemed`;
const OFFERED = "r.withdrawn_at IS NULL AND (r.available_until IS NULL OR r.available_until > now())";
export const CANDIDATES = `
  SELECT ${RANKED} FROM reward r JOIN stock s ON s.sku = r.sku
  WHERE ${OFFERED} ORDER BY r.heat DESC, r.created_at DESC, r.id LIMIT 300`;
export const REWARDS = "SELECT id, name, description, value_minor FROM reward WHERE id = ANY($1)";
const DONE = {
  ORDERS: ["count(*)", "purchase", "NOT undone", "paid_at"],
  SPEND: ["coalesce(sum(total_minor - refunded_minor), 0)::bigint", "purchase", "NOT undone", "paid_at"],
  REDEEM: ["count(*)", "redemption", "state <> 'CANCELLED' AND origin = 'REDEEMED'", "redeemed_at"],
};

/** How far she is with every task of the terms, in one statement: a row with done0, awards0, done1 … and its values. */
export function counts(terms, memberId, today) {
  const values = [memberId];
  const given = (value) => `$${values.push(value)}`;
  const columns = terms.tasks.flatMap((task, index) => {
    const within = period(task.period, today);
    const awards = `SELECT count(*) FROM task_award
      WHERE member_id = $1 AND task_code = ${given(task.code)} AND period = ${given(within.name)}`;
    return [`(${done(task, within, terms, given)}) AS done${index}`, `(${awards}) AS awards${index}`];
  });
  return { text: `SELECT ${columns.join(", ")}`, values };
}

function done(task, within, terms, given) {
  if (task.kind === "CHECK_INS")
    return within.until ? "SELECT 0" : "SELECT coalesce(max(streak), 0) FROM check_in WHERE member_id = $1";
  const [what, table, counts, when] = DONE[task.kind];
  const since = `${when} >= ${given(startOf(terms.zone, within.first))}`;
  const until = within.until ? ` AND ${when} < ${given(startOf(terms.zone, within.until))}` : "";
  return `SELECT ${what} FROM ${table} WHERE member_id IN ${PARTS} AND ${counts} AND ${since}${until}`;
}

export const counted = (terms, row) =>
  terms.tasks.map((_, index) => ({ done: Number(row[`done${index}`]), awards: row[`awards${index}`] }));

// The product's own data plan: what is everybody's stays in memory, and what is hers comes in three small statements.
export const EVERY_REWARD = `
  SELECT ${RANKED}, r.name, r.description, r.value_minor FROM reward r JOIN stock s ON s.sku = r.sku
  ORDER BY r.heat DESC, r.created_at DESC, r.id`;
export const WHO = `
  SELECT s.secret_hash, m.id, m.nickname, m.enrolled_at, a.held, a.pending, a.debt, a.told, a.frozen_at
  FROM member_session s JOIN member o ON o.id = s.member_id JOIN member m ON m.id = coalesce(o.merged_into, o.id)
  LEFT JOIN account a ON a.member_id = m.id
  WHERE s.member_id = $1 AND s.id = $2 AND s.revoked_at IS NULL AND s.expires_at > now()`;
export const HERS = `
  SELECT 'lot' AS what, lot_id AS id, expires_at AS at, available AS points, NULL::int AS streak, NULL::date AS day,
    NULL::bool AS repaired FROM lot WHERE member_id = $1 AND open
  UNION ALL SELECT 'notice', NULL, expires_at, told_seq, NULL, NULL, NULL FROM expiry_notice
    WHERE member_id = $1 AND told_seq > 0 AND delivered_at IS NULL
  UNION ALL SELECT 'day', NULL, made_at, points, streak, day, repaired FROM check_in WHERE member_id = $1 AND day >= $2
  UNION ALL SELECT 'order', NULL, paid_at, total_minor - refunded_minor, NULL, NULL, NULL FROM purchase
    WHERE member_id IN ${PARTS} AND paid_at >= $3
  UNION ALL SELECT 'limited', r.reward_id, NULL, count(*), NULL, NULL, NULL
    FROM redemption r JOIN reward w ON w.id = r.reward_id WHERE r.member_id IN ${PARTS}
    AND w.limit_per_member IS NOT NULL AND r.state <> 'CANCELLED' AND r.origin = 'REDEEMED' GROUP BY r.reward_id
  UNION ALL (SELECT 'past', reward_id, redeemed_at, NULL, NULL, NULL, NULL FROM redemption
    WHERE member_id = $1 AND state <> 'CANCELLED' ORDER BY redeemed_at DESC, id DESC LIMIT 30)`;
