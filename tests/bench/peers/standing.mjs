// What follows from a member's rows: balance, check-in week, tasks, tier. Pure.
import { dayAfter, dayOf, daysBetween, daysLeft, monday, monthAfter, monthBegin, period, startOf } from "./calendar.mjs";
import { hint, taskId } from "./words.mjs";

const REPAIR_DAYS = 7;
const FEN_PER_YUAN = 100;
const range = (count) => Array.from({ length: count }, (_, index) => index);

/** Lots that can be burned, the earliest to expire first. */
export const alive = (lots, moment) =>
  lots.filter((lot) => lot.expires_at === null || Date.parse(lot.expires_at) > moment).sort(byExpiry);

function byExpiry(one, other) {
  const [mine, theirs] = [one, other].map((lot) => (lot.expires_at === null ? Infinity : Date.parse(lot.expires_at)));
  return mine === theirs ? (one.lot_id < other.lot_id ? -1 : 1) : mine - theirs;
}

export const burnable = (lots) => lots.reduce((sum, lot) => sum + lot.available, 0);

export function balance(account, lots, terms, moment) {
  const available = burnable(lots);
  return {
    available,
    held: account?.held ?? 0,
    pending: account?.pending ?? 0,
    debt: account?.debt ?? 0,
    frozen: Boolean(account?.frozen_at),
    valueMinor: Math.floor((available * FEN_PER_YUAN) / terms.points_per_yuan),
    expiring: expiring(lots, terms, moment),
  };
}

/** What expires next, if that is within the first warning. */
export function expiring(lots, terms, moment) {
  const dated = lots.filter((lot) => lot.available && lot.expires_at !== null);
  const within = moment + Math.max(0, ...terms.warning_days) * 86_400_000;
  if (!dated.length || Date.parse(dated[0].expires_at) > within) return null;
  const soonest = dated[0].expires_at;
  const points = burnable(dated.filter((lot) => lot.expires_at === soonest));
  return { points, expiresAt: soonest, daysLeft: daysLeft(soonest, moment) };
}

export const oldestCheckIn = (today) => dayAfter(monthBegin(today), -(REPAIR_DAYS + 1));
const pointsFor = (terms, streak) => terms.check_in_points[(streak - 1) % terms.check_in_points.length];

/** The week today is in. `days`: check-ins by day. */
export function week(days, terms, today) {
  const before = (day) => days.get(dayAfter(day, -1))?.streak ?? 0;
  const streak = days.get(today)?.streak ?? before(today);
  const repairsLeft = Math.max(0, terms.check_in_repairs_per_month - repairs(days, terms, today));
  const missed = range(REPAIR_DAYS).map((ago) => dayAfter(today, -ago - 1));
  const repairable = missed.find((day) => !days.has(day) && days.has(dayAfter(day, -1)));
  return {
    streak,
    checkedInToday: days.has(today),
    nextPoints: pointsFor(terms, streak + 1),
    days: range(7).map((index) => weekDay(dayAfter(monday(today), index), days, terms, today, streak, before)),
    repairable: repairsLeft ? (repairable ?? null) : null,
    repairsLeft,
  };
}

const repairs = (days, terms, today) =>
  [...days.values()].filter((row) => row.repaired && dayOf(terms.zone, Date.parse(row.made_at)) >= monthBegin(today))
    .length;

function weekDay(date, days, terms, today, streak, before) {
  if (days.has(date)) return { date, state: "DONE", points: days.get(date).points };
  if (date > today) {
    const ahead = streak + (days.has(today) ? 0 : 1) + daysBetween(today, date);
    return { date, state: "AHEAD", points: pointsFor(terms, ahead) };
  }
  return { date, state: date === today ? "TODAY" : "MISSED", points: pointsFor(terms, before(date) + 1) };
}

/** Every task with its progress. `counts`: orders, spending, redemptions and best streak by task, and its awards. */
export const tasks = (terms, counts, days, today) =>
  terms.tasks.map((task, index) => {
    const within = period(task.period, today);
    const { done, awards } = counts[index];
    const count = task.kind === "CHECK_INS" ? inARow(days, within, today, task.goal, done) : done;
    const completed = awards > 0 || count >= task.goal;
    const progress = completed ? task.goal : count;
    return {
      id: taskId(task.code),
      code: task.code,
      title: task.title,
      hint: hint(task, task.goal - progress, awards > 0),
      progress,
      goal: task.goal,
      rewardPoints: task.points,
      completed,
      endsAt: within.until && startOf(terms.zone, within.until),
    };
  });

function inARow(days, within, today, goal, best) {
  const holds = (day) => within.first <= day && (within.until === null || day < within.until);
  const part = (day) => Math.min(days.get(day).streak, daysBetween(within.first, day) + 1);
  const longest = within.until === null ? best : Math.max(0, ...[...days.keys()].filter(holds).map(part));
  if (longest >= goal) return longest;
  const last = days.has(today) ? today : dayAfter(today, -1);
  return days.has(last) && holds(last) ? part(last) : 0;
}

export const windowBegin = (terms, day) => startOf(terms.zone, monthAfter(day, -terms.tier_window_months));

/** Where her orders (paid_at, minor; in time order) put her. */
export function tier(terms, orders, moment) {
  const today = dayOf(terms.zone, moment);
  const since = Date.parse(windowBegin(terms, today));
  const counted = orders.filter((order) => since <= Date.parse(order.paid_at) && Date.parse(order.paid_at) <= moment);
  const spent = total(counted);
  const ladder = terms.tiers.toSorted((one, other) => one.rank - other.rank);
  const rung = ladder.findLastIndex((one) => one.qualifying_spend_minor <= spent);
  const [own, above] = [ladder[rung], ladder[rung + 1] ?? null];
  const money = (minor) => ({ minor, currency: terms.currency });
  const span = above && above.qualifying_spend_minor - own.qualifying_spend_minor;
  const way = above ? Math.floor(((spent - own.qualifying_spend_minor) * 10000) / span) : 10000;
  return {
    tier: tierView(own),
    next: above && tierView(above),
    missing: above && money(Math.max(0, above.qualifying_spend_minor - spent)),
    spend: money(spent),
    progress: Math.max(0, Math.min(10000, way)) / 10000,
    keepUntil: own.qualifying_spend_minor === 0 ? null : keptUntil(terms, own, counted, today),
  };
}

const total = (orders) => orders.reduce((sum, order) => sum + order.minor, 0);

function keptUntil(terms, own, counted, today) {
  for (let months = 1; ; months++) {
    const lapse = monthAfter(today, months);
    const since = Date.parse(windowBegin(terms, lapse));
    if (total(counted.filter((order) => Date.parse(order.paid_at) >= since)) < own.qualifying_spend_minor)
      return startOf(terms.zone, lapse);
  }
}

export const tierView = (own) => ({
  code: own.code,
  name: own.name,
  rank: own.rank,
  earnMultiplier: own.earn_multiplier_bp / 10000,
});
