/** What a gift leaves behind says, in English: thanks, the certificate, the list of gifts. */
import { points } from '../i18n/english';
import { formatsFor } from '../i18n/formats';
import type { words as chinese } from './thanks-words.zh-CN';

const { moment, fullDay } = formatsFor('en');

export const words: typeof chinese = {
  thanks: {
    title: 'Thank you',
    given: (count, title) => `You gave ${points(count)} to ${title}.`,
    replayed: 'It had already gone through. Nothing was given twice.',
    counting: 'Being counted; then you see what the programme adds…',
    matched: (money) => `The programme added ${money} to your gift`,
    notMatched: 'When it was counted the programme had nothing left to add.',
    badge: (name) => `Badge earned: ${name}`,
    again: 'Give again',
    mine: 'My giving',
  },
  certificate: {
    title: 'Certificate of giving',
    show: 'Certificate',
    hide: 'Hide the certificate',
    member: 'A member',
    name: 'Name on the certificate',
    named: 'My name',
    unnamed: 'No name',
    gave: (title) => `gave to ${title}`,
    points: 'points',
    added: (money) => `The programme added ${money} on top`,
    on: (at) => fullDay(at),
    share: 'Share the certificate',
    save: 'Save the certificate',
    saved: 'Certificate saved',
    making: 'Drawing the certificate…',
    failed: 'This phone could not save the picture. A screenshot keeps it too.',
    alt: (name, count, title, date) => `Certificate of giving: ${name} gave ${points(count)} to ${title}, ${date}`,
    sealed: 'The seal grows from the fingerprint of this entry, whose signature was verified on this device',
    unsealed: 'The books are not signed yet, so the seal is left open',
    file: 'certificate-of-giving',
  },
  donations: {
    title: 'My giving',
    empty: 'Nothing given yet. Have a look at the projects.',
    browse: 'See the projects',
    on: (at) => moment(at),
    matched: (money) => `${money} added by the programme`,
    counting: 'being counted',
    unmatched: 'nothing added',
    reversed: 'undone, points returned',
    sum: (count) => `${points(count)} given`,
  },
};
