/** Sign in by a code sent to the phone, join by agreeing to the terms, and leave again. */
import { tell } from '../api/ask';
import { ended } from '../api/ended';
import { Enrol } from '../generated/documents/Enrol';
import { RequestSignInCode } from '../generated/documents/RequestSignInCode';
import { SignIn } from '../generated/documents/SignIn';
import { SignOut } from '../generated/documents/SignOut';
import type { Locale } from '../generated/types';
import { router } from '../router.svelte';
import { session } from './session.svelte';

export function requestCode(locale: Locale, phone: string) {
  return ended(async () => (await tell(RequestSignInCode, { locale, input: { phone } })).requestSignInCode);
}

export async function signIn(locale: Locale, phone: string, code: string) {
  const outcome = await ended(async () => (await tell(SignIn, { locale, input: { phone, code } })).signIn);
  if (outcome.kind === 'done') session.heed(outcome.got.member);
  return outcome;
}

export async function enrol(locale: Locale, termsVersion: string, nickname: string) {
  const input = { termsVersion, nickname: nickname.trim() || null };
  const outcome = await ended(async () => (await tell(Enrol, { locale, input })).enrol);
  if (outcome.kind === 'done') session.heed(outcome.got.member);
  return outcome;
}

/** Throws `Unreachable` when the server did not hear it: then she is still signed in. */
export async function signOut(): Promise<void> {
  await tell(SignOut, {});
  router.go('/signin', { replace: true });
  session.leave();
}
