/** What the screens of members say, in English. */
import { points } from '../i18n/english';
import { formatsFor } from '../i18n/formats';
import type { words as chinese } from './words.zh-CN';

const { number, moment } = formatsFor('en');

export const words: typeof chinese = {
  me: {
    title: 'Me',
    nickname: 'Nickname',
    phone: 'Phone',
    rename: 'Change nickname',
    history: 'Points history',
    transfer: 'Send points',
    redemptions: 'My redemptions',
    data: 'My data',
    rules: 'How it works',
    delivery: 'Delivery',
    edit: 'Change',
    language: 'Language',
    theme: 'Appearance',
    themes: { system: 'System', light: 'Light', dark: 'Dark' },
    sessions: 'Signed-in devices',
    thisDevice: 'This device',
    unknownDevice: 'Unknown device',
    lastSeen: (at) => `used ${moment(at)}`,
    revoke: 'Remove',
    revokeDevice: (device) => `Remove ${device}`,
    signOut: 'Sign out',
    signOutNote: 'Signing out also clears what is kept on this phone.',
    signOutFailed: 'No connection: you are still signed in.',
  },
  signIn: {
    title: 'Sign in',
    lead: 'Sign in with your phone number. A new account opens by itself.',
    phone: 'Phone number',
    send: 'Send me a code',
    sending: 'Sending…',
    code: 'Code',
    sentTo: (phone) => `Code sent to ${phone}`,
    otherPhone: 'Use another number',
    resendIn: (seconds) => `Send again in ${number(seconds)} s`,
    resend: 'Send again',
    demo: (code) => `Demo: your code is ${code}`,
    fill: 'Fill in',
    act: 'Sign in',
    acting: 'Signing in…',
    rules: 'See how it works first',
  },
  welcome: {
    title: 'Welcome',
    lead: 'Before you join, this is how points expire.',
    expiry: 'Expiry',
    worth: (count, money) => `${points(count)} are worth ${money}.`,
    privacy: 'Phone and address are kept encrypted, for signing in and delivery only.',
    nickname: 'Nickname (optional)',
    agree: 'Agree and join',
    agreeing: 'Joining…',
    terms: (version) => `Terms version ${version}`,
    rules: 'Read all the rules',
    notNow: 'Not now, sign out',
  },
};
