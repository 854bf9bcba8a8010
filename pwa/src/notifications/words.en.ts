/** What the screens of notifications say, in English. */
import { plural, points } from '../i18n/english';
import { formatsFor } from '../i18n/formats';
import type { words as chinese } from './words.zh-CN';

const { number, lastDay, money } = formatsFor('en');

export const words: typeof chinese = {
  events: {
    useThem: 'Use them',
    states: { FULFILLED: 'Completed', CANCELLED: 'Cancelled, points returned' },
    credited: (count) => `+${points(count)}`,
    released: (count) => `${points(count)} can be used now`,
    taken: (count) => `−${points(count)}`,
    warned: (count, days) => `${points(count)} ${count === 1 ? 'expires' : 'expire'} in ${plural(days, 'day', 'days')}`,
    orExtend: 'Or let them live longer',
    extended: (count, at) => `${points(count)} good until ${lastDay(at)}`,
    taskDone: (title, count) => `Done: ${title}, +${points(count)}`,
    tierUp: (name) => `You are now ${name}`,
    tierDown: (name) => `Your tier is now ${name}`,
    challengeWon: (title, bonus) => `${title}: done, +${points(bonus)}`,
    challengeLost: (title, stake) => `${title}: not done in time, ${points(stake)} gone`,
    challengeCancelled: (title) => `${title} was cancelled`,
    stakeBack: (stake) => `The ${points(stake)} you staked are free again`,
    plantHelped: (alias, growth) => `${alias} helped your plant: it grew by ${growth}`,
    outbid: (name, price) => `Outbid on ${name}: ${points(price)} now`,
    givenBack: (count) => `Your ${number(count)} are back`,
    bidAgain: (count) => `Bid ${number(count)}`,
    seeAuction: 'Have a look',
    auctionWon: (name, price) => `${name} is yours for ${points(price)}`,
    seeIt: 'See it',
    auctionNotHers: (name) => `${name} is over and is not yours`,
    badge: (name) => `Badge earned: ${name}`,
    matched: (minor, currency) => `The programme added ${money(minor, currency)} to your gift`,
    redemption: (name, state) => `${name}: ${state}`,
  },
};
