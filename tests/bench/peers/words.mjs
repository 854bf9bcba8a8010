// What the product says, and how it writes ids and numbers.
import { createHash } from "node:crypto";

const TASKS = "0b8a6f0e6f0c5b469e0e0c5a4b1f7f55";
const thousands = new Intl.NumberFormat("en-US");
export const number = (value) => thousands.format(value);
export const say = (text, locale) => (locale === "ZH_CN" ? text.zh_cn : text.en);

const bytes = (uuid) => Buffer.from(uuid.replaceAll("-", ""), "hex");
export const globalId = (kind, uuid) => Buffer.concat([Buffer.from(`${kind}:`), bytes(uuid)]).toString("base64url");

const taskIds = new Map();
/** A task's id is derived from its code (UUIDv5). */
export function taskId(code) {
  if (!taskIds.has(code)) {
    const hash = createHash("sha1").update(bytes(TASKS)).update(code).digest().subarray(0, 16);
    hash[6] = (hash[6] & 0x0f) | 0x50;
    hash[8] = (hash[8] & 0x3f) | 0x80;
    taskIds.set(code, globalId("Task", hash.toString("hex")));
  }
  return taskIds.get(code);
}

const fill = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name]);
export const filled = (text, values) => ({ zh_cn: fill(text.zh_cn, values), en: fill(text.en, values) });

const UNITS = { ORDERS: ["order", "orders"], CHECK_INS: ["day", "days"], REDEEM: ["reward", "rewards"] };
const AWARDED = { zh_cn: "已完成，{points} 积分已到账", en: "Done: {points} points are in your account" };
const REACHED = { zh_cn: "已完成，{points} 积分即将到账", en: "Done: {points} points are on their way" };

/** What a member reads under a task. */
export function hint(task, left, awarded) {
  const points = number(task.points);
  if (left === 0) return filled(awarded ? AWARDED : REACHED, { points });
  const [one, many] = UNITS[task.kind] ?? ["", ""];
  return filled(task.hint, { left: amount(task, left), left_word: left === 1 ? one : many, points });
}

function amount(task, left) {
  if (task.kind !== "SPEND") return number(left);
  const fen = left % 100;
  return number(Math.floor(left / 100)) + (fen ? `.${String(fen).padStart(2, "0")}` : "");
}

const REASONS = {
  FITS_EXPIRING: { zh_cn: "正好用掉即将过期的 {points} 积分", en: "Uses your {points} expiring points" },
  BECAUSE_YOU_REDEEMED: { zh_cn: "因为您兑换过“{zh_cn}”", en: "Because you redeemed “{en}”" },
  LEAVING_SOON: { zh_cn: "还剩 {days} 天下架", en: "Leaves in {days} {days_word}" },
  NEARLY_THERE: { zh_cn: "还差 {points} 积分", en: "{points} {points_word} to go" },
  WITHIN_REACH: { zh_cn: "现在就能兑换", en: "Yours with the points you have" },
  POPULAR: { zh_cn: "大家都在兑换", en: "Popular this week" },
};

/** A recommendation's reason, in one language. */
export const reasonText = ({ code, points, days, name }, locale) =>
  fill(say(REASONS[code], locale), {
    points: number(points),
    points_word: points === 1 ? "point" : "points",
    days,
    days_word: days === 1 ? "day" : "days",
    zh_cn: name?.zh_cn ?? "-",
    en: name?.en ?? "-",
  });

export const REFUSALS = {
  AccountFrozen: ["ACCOUNT_FROZEN", "This account is frozen: everything can be seen, nothing can be moved."],
  RewardGone: ["REWARD_GONE", "This reward is no longer offered."],
  NotOpenYet: ["NOT_OPEN_YET", "This reward cannot be redeemed yet."],
  TierTooLow: ["TIER_TOO_LOW", "This reward is for members of a higher tier."],
  OutOfStock: ["OUT_OF_STOCK", "This reward is out of stock."],
  LimitReached: ["LIMIT_REACHED", "You have redeemed this reward as often as one member may."],
  InsufficientPoints: ["INSUFFICIENT_POINTS", "You do not have enough points for this."],
};

export const refusal = (kind, more) => ({
  __typename: kind,
  code: REFUSALS[kind][0],
  message: REFUSALS[kind][1],
  ...more,
});
