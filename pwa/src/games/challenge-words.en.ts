/** What the screens of challenges say, in English. */
import { plural, points } from '../i18n/english';
import { formatsFor } from '../i18n/formats';
import type { words as chinese } from './challenge-words.zh-CN';

const { number, moment, money } = formatsFor('en');

export const words: typeof chinese = {
  challenge: {
    title: 'Challenge',
    gone: 'There is no such challenge, or it is no longer offered.',
    goals: {
      ORDERS: (goal) => `Place ${plural(goal, 'order', 'orders')}`,
      SPEND: (goal, currency) => `Spend ${money(goal, currency)}`,
      CHECK_INS: (goal) => `Check in on ${plural(goal, 'day', 'days')}`,
      DONATIONS: (goal) => `Give ${points(goal)} to projects`,
    },
    counts: {
      ORDERS: (done, goal) => `${number(done)} of ${plural(goal, 'order', 'orders')}`,
      SPEND: (done, goal, currency) => `${money(done, currency)} of ${money(goal, currency)}`,
      CHECK_INS: (done, goal) => `${number(done)} of ${plural(goal, 'day', 'days')}`,
      DONATIONS: (done, goal) => `${number(done)} of ${points(goal)}`,
    },
    byIfNow: (at) => `Taken up now: by ${moment(at)}`,
    by: (at) => `By ${moment(at)}`,
    grace: (hours) => `Orders count by when they were paid; late news of them is waited for ${plural(hours, 'hour', 'hours')} more. Orders refunded by then do not count.`,
    exact: 'Orders count by when they were paid; refunded ones do not.',
    checkInsCount: 'Once a day from today on, today included if you have checked in; repaired days do not count.',
    giftsCount: 'Points given to any project from now on.',
    give: 'To the projects',
    choose: 'Your stake',
    held: 'Held now',
    heldHint: 'reserved, not spent',
    win: 'Done in time',
    winHint: (stake) => `${points(stake)} free again, plus the bonus`,
    lose: 'Missed',
    loseHint: 'what was held is gone',
    agree: (stake, at) => `I agree: ${points(stake)} held, and gone if I am not done by ${moment(at)}.`,
    accept: (stake) => `Take it up with ${points(stake)}`,
    busy: 'Reserving…',
    offline: 'Offline: taking it up needs a connection',
    unknown: 'No answer came. Press again: it is staked once at most.',
    needMore: (missing) => `${points(missing)} more needed`,
    noRoom: 'You have as much at stake as the programme allows',
    places: (left) => `${plural(left, 'place', 'places')} left`,
    closes: (at) => `Open until ${moment(at)}`,
    opens: (at) => `Opens ${moment(at)}`,
    states: { SCHEDULED: 'Not open yet', OPEN: 'Open', FULL: 'All places taken', CLOSED: 'No longer open', CANCELLED: 'Cancelled' },
    running: 'Under way',
    ended: {
      RUNNING: () => '',
      WON: (stake, bonus) => `Done: your ${points(stake)} are free again and ${points(bonus)} were added`,
      LOST: (stake) => `Not done in time: ${points(stake)} are gone`,
      CANCELLED: (stake) => `Cancelled: your ${points(stake)} are free again`,
    },
    takenBack: (bonus) => `What had counted was given back since, so the bonus of ${points(bonus)} was taken back.`,
    waiting: (at) => `Time is up; settled by ${moment(at)} at the latest`,
    again: 'Once more',
  },
};
