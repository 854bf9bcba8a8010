/** What the draw screens say, in English. */
import { plural, points as pts } from '../i18n/english';
import { formatsFor } from '../i18n/formats';
import type { words as chinese } from './draw-words.zh-CN';

const { number, moment, decimal } = formatsFor('en');

export const words: typeof chinese = {
  draw: {
    gone: 'There is nothing to draw from here.',
    kinds: { BLIND_BOX: 'Blind box', LOTTERY: 'Lottery' },
    round: (count) => `Round ${number(count)}`,
    until: (at) => `until ${moment(at)}`,
    opens: (at) => `opens ${moment(at)}`,
    odds: 'Before you draw',
    share: (percent) => `${decimal(percent)}%`,
    oneIn: (draws) => `about 1 in ${number(draws)}`,
    none: 'all gone',
    left: (count, of) => `${number(count)} of ${number(of)} left`,
    always: 'always there',
    sealed: 'Fair, and you can check it',
    sealedHow: 'Before anyone drew, the seed that decides was chosen and locked away, and its fingerprint published here; your phone makes the number of each draw. Within a day of the end the seed is revealed, and your phone can compute every draw again.',
    seedMark: 'Fingerprint of the seed',
    termsMark: 'Fingerprint of these rules',
    act: (points) => `Draw once · ${number(points)} pts`,
    again: (points) => `Draw again · ${number(points)} pts`,
    busy: 'Opening…',
    offline: 'Offline: drawing needs a connection',
    signIn: 'Sign in to draw',
    measure: (left, limit) => `${plural(left, 'more draw', 'more draws')} this week, at most ${number(limit)} a week`,
    gently: 'Play for fun: drawing more often makes no single draw any likelier.',
    limit: (at) => `You have had this week's draws. More from ${moment(at)}`,
    cool: (at) => `Time for a break. You can go on from ${moment(at)}`,
    closed: 'This round is over',
    notYet: (at) => `Opens ${moment(at)}`,
    missing: (points) => `${pts(points)} short`,
    unknown: 'No answer came. Pressing again cannot charge you twice.',
    got: (name) => `You drew ${name}`,
    gotPoints: (points) => `You drew ${pts(points)}, in your account now`,
    thanks: 'Thank you for playing',
    thanksMore: 'No prize came with this draw.',
    replaced: (name) => `The number fell on “${name}”, which was gone: by the published rule you get this instead.`,
    replayed: 'This draw had gone through before; nothing was charged again.',
    inAccount: 'It is in your account.',
    code: 'Code',
    pickUp: 'Pick-up code',
    balance: 'You have now',
    nth: (count) => `Draw no. ${number(count)} of this round`,
    check: 'Check this draw',
    mine: 'My draws',
    all: 'My redemptions',
  },
};
