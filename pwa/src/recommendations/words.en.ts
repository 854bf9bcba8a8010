/** What the screens of recommendations say, in English. */
import { points } from '../i18n/english';
import { formatsFor } from '../i18n/formats';
import type { words as chinese } from './words.zh-CN';

const { number, lastDay } = formatsFor('en');

export const words: typeof chinese = {
  fitting: {
    title: 'Use what expires',
    lead: (count, at) => `${points(count)} ${count === 1 ? 'expires' : 'expire'} on ${lastDay(at)}. Redeeming uses them first.`,
    none: 'No points are about to expire.',
    within: (rest) => (rest > 0 ? `${number(rest)} expiring left after this` : 'Uses exactly all of them'),
    beyond: 'Uses all that expires',
    empty: 'Nothing within reach yet. A task or two will help.',
  },
};
