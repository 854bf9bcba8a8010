/** An expected "no" in the reader's own words; what the dictionary does not know yet, the server says. */
import type { RefusalPartsFragment } from '../generated/types';

export type Refusal = RefusalPartsFragment;
type Named<Name> = Extract<Refusal, { __typename: Name }>;

/** One wording per refusal of the schema: leave one out and it does not compile. */
export type RefusalWording = { [Name in Refusal['__typename']]: (refusal: Named<Name>) => string };

export function wordingOf(refusal: Refusal, wording: Partial<RefusalWording>): string {
  const say = wording[refusal.__typename] as ((refusal: Refusal) => string) | undefined;
  return say ? say(refusal) : (refusal as { message: string }).message;
}
