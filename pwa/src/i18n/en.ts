/** Every word of the phone in English. */
import type { RefusalWording } from '../api/refusal';
import { plural, points } from './english';
import { formatsFor } from './formats';
import type { Words } from './zh-CN';

const { number, clock, lastDay, moment, weekday, decimal } = formatsFor('en');


const refusals = {
  InsufficientPoints: ({ missing }) => `${number(missing)} more ${missing === 1 ? 'point' : 'points'}`,
  OutOfStock: () => 'All gone',
  TierTooLow: ({ required }) => `For ${required.name} and above`,
  LimitReached: ({ limit }) => `Limit of ${number(limit)} per member reached`,
  AccountFrozen: () => 'Account frozen: points cannot move for now',
  NotOpenYet: ({ opensAt }) => `Opens ${moment(opensAt)}`,
  RewardGone: () => 'No longer offered',
  PriceChanged: ({ points }) => `The price has changed: ${number(points)} points now`,
  DeliveryNeeded: () => 'Choose how to receive it first',
  AlreadyCheckedIn: () => 'Already checked in today',
  NothingToRepair: () => 'No missed day to repair',
  KeyReused: () => 'This request differs from the earlier one: close this and open it again',
  NotEnrolled: () => 'Please agree to the terms and join first',
  TooManyRequests: ({ retryAfterSeconds }) => `Too many tries, wait ${plural(retryAfterSeconds, 'second', 'seconds')}`,
} satisfies Partial<RefusalWording>;

export const words: Words = {
  brand: 'Points Mall',
  promise: 'Every point, explained.',
  points: 'pts',
  pointsOf: (count) => points(count),
  tabs: { label: 'Main', home: 'Home', rewards: 'Rewards', play: 'Play', tasks: 'Tasks', me: 'Me' },
  switchLanguage: { short: '中', label: '中：切换到中文' },
  back: 'Back',
  close: 'Close',
  more: 'Show more',
  seeAll: 'See all',
  retry: 'Try again',
  loading: 'Loading',
  save: 'Save',
  saved: 'Saved',
  cancel: 'Cancel',
  dismiss: 'Got it',
  copy: 'Copy',
  copied: 'Copied',
  staleness: {
    offline: (at) => `As of ${clock(at)}, offline`,
    updating: (at) => `As of ${clock(at)}, updating`,
    failed: (at) => `As of ${clock(at)}, no connection`,
  },
  trouble: {
    offlineTitle: 'You are offline',
    offline: 'This page is not on your phone yet. Come back when you are connected.',
    failedTitle: 'That did not open',
    failed: 'The server is not answering right now. Your points are safe.',
    lost: 'No such page',
    lostHint: 'The address may be mistyped, or the page has moved.',
    goHome: 'Go home',
  },
  home: {
    title: 'Home',
    available: 'Points to spend',
    worth: (money) => `worth about ${money}`,
    held: (count) => `${number(count)} held`,
    pending: (count) => `${number(count)} pending`,
    debt: (count) => `${points(count)} owed, repaid first by what you earn next`,
    frozen: 'Account frozen: you can look, points cannot move',
    expiring: (count, at) => `${number(count)} ${count === 1 ? 'expires' : 'expire'} on ${lastDay(at)}`,
    expiringSpoken: (count, at) => `${points(count)} ${count === 1 ? 'expires' : 'expire'} on ${lastDay(at)}`,
    useThem: 'Use them',
    today: 'Small things today',
    forYou: 'Picked for you',
    noPicks: 'Rewards are being put out. Come back in a moment.',
  },
  checkIn: {
    label: 'Check-ins this week',
    streak: (days) => (days > 0 ? `${number(days)}-day streak` : 'Start today'),
    act: (count) => `Check in +${number(count)}`,
    done: (count) => `Checked in, +${points(count)}`,
    states: { DONE: 'checked in', TODAY: 'today, not yet', MISSED: 'missed', AHEAD: 'to come' },
    dayLabel: (date, state, count) => `${weekday(date, 'long')}: ${state}, ${points(count)}`,
    repairable: (date, left) => `${weekday(date, 'long')} was missed. ${plural(left, 'repair', 'repairs')} left this month`,
    repair: 'Repair',
    repaired: 'Repaired',
  },
  tasks: {
    done: 'Done',
    count: (progress, goal) => `${number(progress)} of ${number(goal)}`,
    until: (at) => `until ${lastDay(at)}`,
  },
  tiers: {
    toNext: (money, next) => `${money} more to reach ${next}`,
    top: 'The highest tier',
    multiplier: (times) => `${decimal(times)}× points on orders`,
    keepUntil: (at) => `kept until ${lastDay(at)}`,
  },
  tag: {
    hot: 'Hot',
    left: (stock) => `${number(stock)} left`,
    endsIn: (days) => (days > 0 ? `Ends in ${plural(days, 'day', 'days')}` : 'Ends today'),
  },
  notices: { label: 'Notices' },
  refusals,
};
