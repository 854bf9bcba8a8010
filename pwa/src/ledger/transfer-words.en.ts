/** What the transfer screen says, in English. */
import { plural, points } from '../i18n/english';
import { formatsFor } from '../i18n/formats';
import type { words as chinese } from './transfer-words.zh-CN';

const { number } = formatsFor('en');
const minutes = (count: number) => plural(count, 'minute', 'minutes');

export const words: typeof chinese = {
  transfer: {
    title: 'Send points',
    to: 'To whom',
    toHint: 'Their phone number or member number',
    points: 'How many points',
    left: (count) => `${number(count)} more today`,
    receives: 'They receive',
    fee: 'Fee',
    after: 'Leaves you',
    free: 'free',
    cooling: (count) => `You can take it back within ${minutes(count)}; until then they cannot spend it. The points keep their last day.`,
    atOnce: 'It arrives at once and cannot be taken back. The points keep their last day.',
    send: (count) => (count ? `Send · ${number(count)} pts` : 'Send'),
    confirm: (count, to) => `Confirm: ${points(count)} to ${to}`,
    busy: 'Sending…',
    offline: 'Offline: sending needs a connection',
    closed: 'Points cannot be sent for now.',
    unknown: 'The connection broke before the answer came. Trying again cannot send twice.',
    sent: (count, to) => `Sent ${points(count)} to ${to}`,
    takenBack: (count) => `Taken back: ${points(count)} are yours again`,
    takeBack: 'Take back',
    takingBack: 'Taking back…',
    minutes: (count) => `${minutes(count)} left to take it back`,
    arrives: (count) => `yours to spend in ${minutes(count)}`,
    list: 'Sent and received',
    empty: 'No points sent or received yet.',
    directions: { SENT: 'To', RECEIVED: 'From' },
    states: { COOLING_OFF: 'Cooling off', FINAL: 'Arrived', TAKEN_BACK: 'Taken back' },
  },
};
