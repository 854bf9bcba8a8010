/** Every refusal, in English. */
import { words as first } from '../i18n/en';
import { plural } from '../i18n/english';
import { formatsFor } from '../i18n/formats';
import type { RefusalWording } from './refusal';

const { number, day, moment, decimal } = formatsFor('en');

const fields: Record<string, string> = {
  phone: 'the phone number', recipient: 'the recipient', address: 'the address', nickname: 'the nickname',
  code: 'the code', pickUpPointId: 'the pick-up point',
};

export const words: { refusals: RefusalWording } = {
  refusals: {
    ...first.refusals,
    WrongCode: ({ attemptsLeft }) => (attemptsLeft > 0 ? `Wrong code, ${plural(attemptsLeft, 'try', 'tries')} left` : 'Wrong code, please ask for a new one'),
    InvalidInput: ({ field }) => `Please check ${fields[field] ?? 'what you entered'}`,
    NotFound: () => 'It is no longer there',
    NotCancellable: () => 'It can no longer be cancelled',
    BadExpression: ({ message }) => message,
    MessageNotSent: () => 'The message could not be sent. Try again in a moment',
    ExtensionUsed: ({ nextAt }) => `You have extended your points already. You can again from ${day(nextAt)}`,
    NothingToExtend: () => 'None of your points expire soon enough to be extended',
    ExtensionNotOffered: () => 'Points cannot be extended in this programme',
    UnkeepableTerms: ({ message }) => message,
    TermsMovedOn: ({ message }) => message,
    TooLateToChange: ({ message }) => message,
    CannotReceive: () => 'Nobody of this name can receive points. Check the number',
    TransferToOneself: () => 'You cannot send points to yourself',
    TransferTooSmall: ({ minimum }) => `Send at least ${plural(minimum, 'point', 'points')}`,
    TransferCapReached: ({ left }) => (left > 0 ? `You can send ${number(left)} more today` : 'You have sent all you can today'),
    TransferFinal: () => 'It is too late to take this back',
    ErasureMustWait: ({ until }) => `Points that may still be taken back, or an auction you lead, are under way. Possible from ${moment(until)}`,
    LossChanged: ({ points }) => `What you would lose has changed: ${plural(points, 'point', 'points')} now. Please look again`,
    AdjustmentDecided: () => 'This adjustment was decided already',
    AnotherPersonDecides: () => 'Whoever proposed this cannot decide it',
    HoldBound: () => 'These points are bound to something under way. End that instead',
    Overtaken: () => 'Many are at it at this moment. Try again',
    HoldClosed: () => 'These points are no longer reserved',
    NothingPending: () => 'Nothing of this earning is pending',
    NothingToClawBack: ({ left }) => `Only ${plural(left, 'point', 'points')} of this earning can be taken back`,
    NothingToSettle: () => 'No points beyond the limit can be turned into credit',
    PaymentBooked: () => 'A payment with this number is in the books already',
    SettlementOff: () => 'This programme does not turn points into credit',
    AccountMerged: () => 'This account is part of another one now. Please open the app anew',
    MergeWithItself: () => 'These two are the same account',
    AlreadyMerged: () => 'One of these accounts is part of another one',
    PointsUnderWay: () => 'Points are still reserved or on their way. Try again when that is over',
    NotMerged: () => 'This account is not part of another one',
    MergedSince: () => 'A later merge has to be taken apart first',
    ProjectClosed: () => 'This project takes no donations any more',
    DonationTooSmall: ({ minimum }) => `Give at least ${plural(minimum, 'point', 'points')}`,
    DonationSettled: () => 'Its month is signed: this donation can no longer be undone',
    StaffElsewhere: () => 'She works for another charity',
    AgreementNeeded: () => 'Agree to the stake first',
    ChallengeNotOpen: () => 'This challenge cannot be taken up now',
    ChallengeFull: () => 'All places of this challenge are taken',
    AlreadyTakenUp: () => 'You have taken up this challenge already',
    StakeOutOfRange: ({ minimum, maximum }) => `Stake ${number(minimum)} to ${plural(maximum, 'point', 'points')}`,
    StakeOverCap: ({ left }) => (left > 0 ? `You may stake ${plural(left, 'more point', 'more points')} at once` : 'You have as much at stake as the programme allows'),
    PlantGrown: () => 'This plant is grown and waits for its harvest',
    PlantNotGrown: () => 'Your plant is not grown yet',
    AlreadyWatered: () => 'Watered today already. Come back tomorrow',
    OwnPlant: () => 'This is your own plant: friends can help it',
    AlreadyHelped: () => 'You have helped this plant today. Come back tomorrow',
    EnoughHelpers: () => 'Enough friends have helped this plant today',
    HelpedEnough: () => 'You have helped as many plants today as one member can',
    RateOutOfBounds: ({ pointsPerYuan }) => `${decimal(pointsPerYuan)} points a yuan is out of bounds`,
  },
};
