/** What the screens of programme say, in English. */
import { points } from '../i18n/english';
import { FOUNDING, formatsFor } from '../i18n/formats';
import type { words as chinese } from './words.zh-CN';

const { number, day } = formatsFor('en');

export const words: typeof chinese = {
  about: {
    terms: (version) => `Terms version ${version}`,
    title: 'How it works',
    lead: (count, money) => `${points(count)} = ${money}`,
    earn: 'How you earn',
    rule: (version, from) => `Version ${number(version)}${from > FOUNDING ? `, in force since ${day(from)}` : ''}`,
    checkIn: 'Daily check-in',
    dayNumber: (n) => `Day ${number(n)}`,
    tiers: 'Tiers',
    expiry: 'Expiry',
  },
  tierFrom: {
    from: (money) => `from ${money} spent`,
    everyone: 'on joining',
  },
};
