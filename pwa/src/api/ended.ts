/** How an act on the server ended, for every act that only needs to know that. */
import { Unreachable } from './ask';
import type { Refusal } from './refusal';

export type Ended<Got> = { kind: 'done'; got: Got } | { kind: 'refused'; refusal: Refusal; got: Got } | { kind: 'unknown' };

export async function ended<Payload extends { refusal: Refusal | null }>(send: () => Promise<Payload>): Promise<Ended<Payload>> {
  try {
    const got = await send();
    return got.refusal ? { kind: 'refused', refusal: got.refusal, got } : { kind: 'done', got };
  } catch (trouble) {
    if (trouble instanceof Unreachable) return { kind: 'unknown' };
    throw trouble;
  }
}
