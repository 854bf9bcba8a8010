/** What the screens of giving say, in English. */
import { plural, points } from '../i18n/english';
import { formatsFor } from '../i18n/formats';
import type { words as chinese } from './words.zh-CN';

const { number, day, month } = formatsFor('en');

export const words: typeof chinese = {
  giving: {
    title: 'Giving',
    all: 'All giving projects',
    empty: 'No project to give to right now. New ones will appear here.',
    gone: 'This giving project is no longer here.',
    quick: (count) => `Give ${number(count)}`,
    quickFor: (count, title) => `Give ${points(count)} to ${title}`,
    lead: (title) => `Given by all of us to ${title}`,
    worth: (money) => `worth ${money}`,
    donors: (count) => plural(count, 'giver', 'givers'),
    matched: (money) => `the programme added ${money} on top`,
    tile: (count) => `One tile = ${points(count)}`,
    left: (tiles) => `${plural(tiles, 'tile', 'tiles')} to go`,
    whole: 'The roof is whole',
    roof: (laid, count, percent) => `The roof: ${number(laid)} of ${plural(count, 'tile', 'tiles')} laid, the next one ${percent} done`,
    roofWhole: (count) => `The roof: all ${plural(count, 'tile', 'tiles')} laid`,
    closed: 'This project has ended. Thank you to everyone who gave.',
    closedTag: 'Ended',
    registration: 'Registered as',
    statement: (at, count) => `Statement of ${month(at)}: ${points(count)}`,
    signed: 'signed with key',
    noStatement: 'The first monthly statement comes when this month is over.',
    mine: (count, donations) => `You have given ${points(count)} in ${plural(donations, 'donation', 'donations')}`,
    story: 'The project',
    updates: 'Latest news',
    on: (at) => day(at),
  },
  give: {
    label: 'How many points to give',
    expiring: 'expiring',
    other: 'Other',
    own: 'Points of your choice',
    act: (count) => (count ? `Give · ${points(count)}` : 'Give'),
    confirm: (count) => `Confirm: give ${points(count)}`,
    sure: (title) => `They go to ${title} and cannot be taken back.`,
    busy: 'Giving…',
    offline: 'Offline: giving needs a connection',
    signIn: 'Sign in to give',
    least: (minimum) => `Give at least ${points(minimum)}`,
    short: (missing) => `${number(missing)} more ${missing === 1 ? 'point' : 'points'} needed`,
    match: (money, left) => `The programme adds ${money}; ${left} left to add`,
    matchUsedUp: 'The programme has used up what it had to add. All you give still arrives.',
    done: (count, title) => `Thank you. You gave ${points(count)} to ${title}.`,
    mine: 'My giving',
    unknown: 'The connection broke before the answer came. Trying again cannot give twice.',
  },
};
