/** Which prize a draw is, as backend/games/fair_draw.py computes it: frozen, and the same for everyone. */

type Bytes = Uint8Array<ArrayBuffer>;
export type SoldOutRule = 'NEXT_DOWN' | 'CONSOLATION';

/** A round's terms as they were published. `pieces`: null for the last prize, which never runs out. */
export interface Terms {
  pool: string;
  round: number;
  commitment: string;
  rule: SoldOutRule;
  prizes: { weight: number; pieces: number | null; name: { zh_cn: string; en: string } }[];
}

export interface Drawn {
  hash: string;
  /** The place on the list its number fell on, and the place it was given, from 0. */
  fellOn: number;
  given: number;
}

const DRAWN_BITS = 128n;

export async function sha256(bytes: Bytes): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
}

export function hashOfText(text: string): Promise<string> {
  return sha256(utf8(text));
}

export function messageOf(terms: Pick<Terms, 'pool' | 'round'>, drawId: string): string {
  return `${terms.pool}|${terms.round}|${drawId.toLowerCase()}`;
}

/** HMAC-SHA-256 under the seed, in hexadecimal. */
export async function hmac(key: CryptoKey, message: string): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8(message))));
}

export function keyOf(seed: string): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', fromHex(seed), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
}

/** Where a hash's number falls: its first 16 bytes of 2^128, stretched over the sum of the weights. */
export function pointOf(hash: string, weights: number[]): number {
  const total = BigInt(weights.reduce((sum, weight) => sum + weight, 0));
  return Number((BigInt(`0x${hash.slice(0, 32)}`) * total) >> DRAWN_BITS);
}

export function placeAt(point: number, weights: number[]): number {
  let end = 0;
  return weights.findIndex((weight) => point < (end += weight));
}

/** What is given instead when `place` is sold out; itself when it is not. */
export function givenFor(place: number, left: (number | null)[], rule: SoldOutRule): number {
  if (left[place] !== 0) return place;
  if (rule === 'CONSOLATION') return left.length - 1;
  return left.findIndex((pieces, lower) => lower > place && pieces !== 0);
}

/** Every draw of a round again, in the order of their numbers. */
export async function replay(seed: string, terms: Terms, drawIds: string[]): Promise<Drawn[]> {
  const key = await keyOf(seed);
  const hashes = await Promise.all(drawIds.map((drawId) => hmac(key, messageOf(terms, drawId))));
  const weights = terms.prizes.map(({ weight }) => weight);
  const left = terms.prizes.map(({ pieces }) => pieces);
  return hashes.map((hash) => {
    const fellOn = placeAt(pointOf(hash, weights), weights);
    const given = givenFor(fellOn, left, terms.rule);
    const pieces = left[given] ?? null;
    if (pieces !== null) left[given] = pieces - 1;
    return { hash, fellOn, given };
  });
}

export function fromHex(text: string): Bytes {
  return new Uint8Array((text.match(/../g) ?? []).map((pair) => parseInt(pair, 16)));
}

function hex(bytes: Bytes): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function utf8(text: string): Bytes {
  return new TextEncoder().encode(text);
}
