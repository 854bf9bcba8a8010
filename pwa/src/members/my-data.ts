/** Take everything away that is kept about her, or leave for good. */
import { tell } from '../api/ask';
import { ended } from '../api/ended';
import { EraseMe } from '../generated/documents/EraseMe';
import type { Locale } from '../generated/types';
import { router } from '../router.svelte';
import { session } from './session.svelte';

export type Taken = 'taken' | 'tooOften' | 'failed';

/** Fetch the file and hand it to the phone; nothing of it is kept by the app. */
export async function takeMyData(): Promise<Taken> {
  try {
    const answer = await fetch('/export', { credentials: 'same-origin', cache: 'no-store' });
    if (!answer.ok) return answer.status === 429 ? 'tooOften' : 'failed';
    const name = /filename="([^"]+)"/.exec(answer.headers.get('content-disposition') ?? '')?.[1];
    save(await answer.blob(), name ?? 'points-mall.json');
    return 'taken';
  } catch {
    return 'failed';
  }
}

/** Leave; `acceptedPoints` is what she was told she loses. */
export async function eraseMe(locale: Locale, acceptedPoints: number) {
  const outcome = await ended(async () => (await tell(EraseMe, { locale, input: { acceptedPoints } })).eraseMe);
  if (outcome.kind === 'done') {
    router.go('/signin', { replace: true });
    session.leave();
  }
  return outcome;
}

function save(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
