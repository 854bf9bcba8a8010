/** Compute a draw again on this phone, step by step, from what was published and what the phone has kept. */
import { ask, NotAnswered, Unreachable } from '../api/ask';
import { DrawToCheck } from '../generated/documents/DrawToCheck';
import type { DrawToCheckQuery, Locale } from '../generated/types';
import { fromHex, hashOfText, pointOf, replay, sha256, type Terms } from './fair-draw';
import { recallDraw, type KeptDraw } from './kept-draws';

export type Shown = NonNullable<NonNullable<DrawToCheckQuery['viewer']>['draw']>;
/** In the order they are looked at; the first that does not hold is the last that is shown. */
export const STEPS = ['kept', 'terms', 'seed', 'hash', 'prize', 'round'] as const;
export type Step = (typeof STEPS)[number];

export interface Worked {
  terms: Terms;
  seed: string;
  /** Where her number fell, among the sum of the weights. */
  point: number;
  total: number;
  fellOn: number;
  given: number;
  draws: number;
}

export type Checked =
  | { kind: 'holds'; kept: KeptDraw | undefined; worked: Worked }
  | { kind: 'fails'; at: Step }
  /** The seed is still sealed: all there is to see is what this phone has kept. */
  | { kind: 'sealed'; kept: KeptDraw | undefined; same: boolean }
  | { kind: 'gone' }
  | { kind: 'cannot' }
  | { kind: 'unreachable' };

interface Published {
  terms: string;
  terms_hash: string;
  commitment: string;
  seed: string | null;
  drawn: number;
  draws: { number: number; id: string; hash: string; fell_on: number; given: number }[];
}

const ANSWER_WITHIN_MS = 15_000;

class Fails extends Error {
  constructor(readonly at: Step) {
    super(at);
  }
}

export async function checkDraw(locale: Locale, id: string): Promise<{ draw?: Shown; checked: Checked }> {
  let draw: Shown | undefined;
  try {
    draw = (await ask(DrawToCheck, { locale, id })).data.viewer?.draw ?? undefined;
    return { draw, checked: draw ? await check(draw) : { kind: 'gone' } };
  } catch (trouble) {
    if (trouble instanceof Fails) return { draw, checked: { kind: 'fails', at: trouble.at } };
    if (trouble instanceof Unreachable || trouble instanceof NotAnswered) return { draw, checked: { kind: 'unreachable' } };
    throw trouble;
  }
}

async function check(draw: Shown): Promise<Checked> {
  const kept = recallDraw(draw.drawId);
  const published = await recordOf(draw.round.record);
  const same = !kept || (kept.commitment === published.commitment && kept.termsHash === published.terms_hash && kept.hash === draw.hash && kept.number === draw.number);
  if (!same) throw new Fails('kept');
  if (!published.seed) return { kind: 'sealed', kept, same };
  if (!globalThis.crypto?.subtle) return { kind: 'cannot' };
  return { kind: 'holds', kept, worked: await workOut(draw, published, published.seed) };
}

/** Every step as anyone could do it with the published file alone; throws at the first that does not hold. */
export async function workOut(draw: { drawId: string; hash: string; number: number; prize: { name: string } }, published: Published, seed: string): Promise<Worked> {
  const terms = JSON.parse(published.terms) as Terms;
  if ((await hashOfText(published.terms)) !== published.terms_hash || terms.commitment !== published.commitment) throw new Fails('terms');
  if ((await sha256(fromHex(seed))) !== published.commitment) throw new Fails('seed');
  const again = await replay(seed, terms, published.draws.map(({ id }) => id));
  const place = published.draws.findIndex(({ id }) => id === draw.drawId);
  const hers = again[place];
  if (!hers || hers.hash !== draw.hash) throw new Fails('hash');
  const { name } = terms.prizes[hers.given]!;
  if (draw.prize.name !== name.zh_cn && draw.prize.name !== name.en) throw new Fails('prize');
  const whole = published.draws.every(({ number, hash, fell_on: fellOn, given }, index) => number === index + 1 && hash === again[index]!.hash && fellOn === again[index]!.fellOn && given === again[index]!.given);
  if (!whole || published.draws.length !== published.drawn || place + 1 !== draw.number) throw new Fails('round');
  const weights = terms.prizes.map(({ weight }) => weight);
  return { terms, seed, point: pointOf(hers.hash, weights), total: weights.reduce((sum, weight) => sum + weight, 0), fellOn: hers.fellOn, given: hers.given, draws: again.length };
}

async function recordOf(path: string): Promise<Published> {
  let response: Response;
  try {
    response = await fetch(path, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
  } catch {
    throw new Unreachable();
  }
  if (!response.ok) throw new Unreachable();
  return response.json();
}
