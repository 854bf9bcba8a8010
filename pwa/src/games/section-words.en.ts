/** What challenges and the plant say on the Play screen, in English. */
import { points } from '../i18n/english';
import { formatsFor } from '../i18n/formats';
import type { words as chinese } from './section-words.zh-CN';

const { number, moment, percent } = formatsFor('en');

export const words: typeof chinese = {
  glance: {
    challenges: 'Challenges',
    noChallenges: 'No challenges right now. Look in again.',
    stakes: (minimum, maximum) => (minimum === maximum ? `Stake ${points(minimum)}` : `Stake ${number(minimum)} to ${points(maximum)}`),
    wins: (bonus) => `win up to ${number(bonus)}`,
    running: (stake, at) => `${points(stake)} staked, until ${moment(at)}`,
    states: { RUNNING: 'Under way', WON: 'Done', LOST: 'Missed', CANCELLED: 'Cancelled' },
    plant: 'Your plant',
    noPlant: 'Plant one: it grows a little every day, and friends can help',
    grown: 'In bloom: harvest it',
    water: 'Not watered today',
    watered: (done) => `Watered today, ${percent(done)} grown`,
  },
};
