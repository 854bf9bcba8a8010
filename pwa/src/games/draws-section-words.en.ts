/** What the Play screen says of draws, in English. */
import { formatsFor } from '../i18n/formats';
import type { words as chinese } from './draws-section-words.zh-CN';

const { number, moment } = formatsFor('en');

export const words: typeof chinese = {
  drawsSection: {
    title: 'Draws',
    fair: 'Odds first, and every result can be checked',
    price: (points) => `${number(points)} pts a draw`,
    until: (at) => `until ${moment(at)}`,
    opens: (at) => `opens ${moment(at)}`,
    over: 'This round is over',
    none: 'There is nothing to draw from now.',
    mine: 'My draws',
  },
};
