/** What the screens of the plant say, in English. */
import { plural, points } from '../i18n/english';
import { formatsFor } from '../i18n/formats';
import type { words as chinese } from './plant-words.zh-CN';

const { number, signed, moment } = formatsFor('en');

export const words: typeof chinese = {
  plant: {
    title: 'Your plant',
    number: (count) => `Plant number ${number(count)}`,
    looks: ['A seed', 'A sprout', 'A seedling', 'In leaf', 'In bud', 'In bloom'],
    growth: (growth, goal) => `Grown ${number(growth)} of ${number(goal)} to the harvest`,
    none: 'Nothing is planted yet. The first watering plants it.',
    plantIt: (by) => `Plant and water it ${signed(by)}`,
    water: (by) => `Water it ${signed(by)}`,
    watered: 'Watered today. Come back tomorrow',
    harvest: (count) => `Harvest +${points(count)}`,
    harvestedNow: (count) => `${points(count)} harvested, and the next one is planted`,
    today: 'What helps today',
    acts: { water: 'Your watering', checkIn: 'Check-in', order: 'An order', help: 'Friends' },
    each: (by) => `${signed(by)} each`,
    friends: (done, most) => `${number(done)} of ${number(most)}`,
    done: 'Done',
    share: 'Ask friends to help',
    shareText: 'Help my plant grow: one tap, once a day',
    linkCopied: 'Link copied: send it to a friend',
    helpers: 'Friends who helped',
    helped: (alias, by) => `${alias} ${signed(by)}`,
    at: (iso) => moment(iso),
    harvests: (count) => `${plural(count, 'plant', 'plants')} harvested`,
    offline: 'Offline: tending it needs a connection',
    unknown: 'No answer came. Press again: it counts once at most.',
  },
  shared: {
    title: (alias) => `Plant of ${alias}`,
    untitled: 'Plant of a friend',
    lead: 'A friend asks for your help: one tap, once a day.',
    help: (by) => `Help it grow ${signed(by)}`,
    helped: 'You have helped today. You can again tomorrow',
    thanks: 'Thank you! It has grown a little',
    signIn: 'Sign in to help',
    join: 'Join to help',
    mine: 'This is your own plant. Send the link to a friend.',
    toMine: 'See my plant',
    grown: 'It is in bloom and waits for its harvest.',
    harvested: 'This one has been harvested. Ask your friend for the new link.',
    enough: 'Enough friends have helped today. Come back tomorrow.',
    gone: 'No plant has this link.',
    own: 'Grow one of my own',
  },
};
