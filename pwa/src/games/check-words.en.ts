/** What the screens on which she looks back at draws and checks them say, in English. */
import { plural, points as pts } from '../i18n/english';
import { formatsFor } from '../i18n/formats';
import type { words as chinese } from './check-words.zh-CN';

const { number, moment, day } = formatsFor('en');

export const words: typeof chinese = {
  drawn: {
    round: (count) => `Round ${number(count)}`,
    nth: (count) => `Draw no. ${number(count)} of this round`,
    seedMark: 'Fingerprint of the seed',
    termsMark: 'Fingerprint of these rules',
    mark: 'Fingerprint of this draw',
  },
  myDraws: { title: 'My draws', empty: 'No draws yet.', browse: 'Have a look', on: (at) => moment(at), paid: (points) => `paid ${pts(points)}`, revealed: 'can be checked', waiting: (at) => `seed revealed about ${day(at)}` },
  checkDraw: {
    title: 'Check this draw',
    working: 'Your phone is computing it again…',
    gone: 'There is no such draw, or it is not yours.',
    cannot: 'This browser cannot compute it. Try another one, or a secure connection.',
    unreachable: 'The published record could not be fetched. Try again with a connection.',
    sealedTitle: 'The seed is still locked away',
    sealed: (at) => `The round ends by ${moment(at)}; within a day of its end the seed is revealed, and you can compute your draw here.`,
    keptSame: 'Your phone noted this at the moment you drew, and what is published now is the same to the letter:',
    keptNot: 'This phone has no note of that moment; this is what is published:',
    holds: 'It all agrees',
    holdsMore: (name) => `Computed again on your phone, it comes to exactly this: ${name}.`,
    fails: 'This does not agree',
    ask: 'Please take a screenshot and write to us. Anyone can work through the published record.',
    steps: {
      kept: { title: 'What your phone noted has not changed', yes: 'When you drew, your phone noted the fingerprints of the seed, the rules and your draw. What is published is the same.', none: 'This phone has no note of that moment, so there is nothing to compare.', no: 'What is published is not what your phone noted.' },
      terms: { title: 'The rules have not changed', yes: 'The published rules have the fingerprint that was shown before anyone drew.', no: 'The published rules do not have their fingerprint.' },
      seed: { title: 'The seed is the one that was locked away', yes: 'The revealed seed has the fingerprint that was published before anyone drew.', no: 'The revealed seed does not have the fingerprint published before.' },
      hash: { title: 'The seed and your number make one value', yes: 'From the seed and the number your phone made comes the fingerprint you were given when you drew.', no: 'The fingerprint computed is not the one you were given.' },
      prize: { title: 'The value falls on the list of prizes', yes: (point, total, name) => `Counting from 0 to ${number(total)} it falls on ${number(point)}, which is “${name}”.`, replaced: (name) => `That was gone by then: by the published rule it became “${name}”.`, no: 'The value belongs to another prize than yours.' },
      round: { title: 'The whole round was computed again', yes: (draws) => `All ${plural(draws, 'draw', 'draws')} of it, one by one: none is left out, and no piece was given twice.`, no: 'Something in the published round does not add up.' },
    },
    seed: 'Seed',
    id: 'Your number',
    record: 'The published record',
  },
};
