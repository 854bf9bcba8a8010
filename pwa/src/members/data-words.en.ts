/** What the screen of a member's own data says, in English. */
import { plural, points } from '../i18n/english';
import type { words as chinese } from './data-words.zh-CN';

export const words: typeof chinese = {
  data: {
    title: 'My data',
    take: 'Take it with you',
    takeNote: 'Everything kept about you: profile, points and why, orders, redemptions, addresses, devices. Up to five times an hour.',
    download: 'Download my data',
    downloading: 'Preparing…',
    tooOften: 'You have downloaded it several times just now. Come back a little later',
    failed: 'That did not work. Check your connection and try again',
    leave: 'Delete my account',
    lose: (count) => (count ? `You will lose ${points(count)}. They cannot be brought back.` : 'You have no points to lose.'),
    waiting: (count) => `${plural(count, 'redemption', 'redemptions')} you have not received will be cancelled.`,
    goes: 'Your phone number, nickname, addresses, devices and consents are removed, and every device is signed out.',
    stays: 'The entries of your points stay and name nobody. The same number may join again later, from zero.',
    understood: 'I understand that this cannot be undone',
    act: 'Delete my account',
    acting: 'Deleting…',
  },
};
