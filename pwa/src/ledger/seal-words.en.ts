/** What a check of an entry says, in English. */
import { formatsFor } from '../i18n/formats';
import type { words as chinese } from './seal-words.zh-CN';

const { number, moment } = formatsFor('en');

export const words: typeof chinese = {
  seal: {
    checking: 'Checking on this device…',
    sealed: 'Signature verified on this device',
    among: (count, at) => `Sealed ${moment(at)} with all ${number(count)} entries`,
    waiting: 'Not sealed yet. It usually takes seconds.',
    again: 'Check again',
    failed: 'The check failed',
    failures: {
      gone: 'The mall no longer has this entry.',
      contents: 'What is shown does not match its fingerprint: this entry was changed.',
      path: 'This entry is not in the signed books.',
      signature: 'The signature of the books is wrong.',
      key: 'The books are signed with a key this device does not know, and the key it knows does not vouch for it.',
      history: 'The books do not match what this device kept of them: the past was rewritten.',
    },
    ask: 'Keep a screenshot and ask the mall.',
    cannot: 'This browser cannot check signatures: it takes a newer one and a secure connection.',
    unreachable: 'The mall did not answer, so nothing was checked.',
  },
};
