/** Check an entry on this phone: its contents, its place in the tree, the signature, and that the past is still what it was. */
import { ask, NotAnswered, Unreachable } from '../api/ask';
import { EntryProof } from '../generated/documents/EntryProof';
import type { EntryProofQuery } from '../generated/types';
import { recall, remember, type Kept } from './kept-checkpoints';
import { entryHash, fromBase64, isConsistent, isSigned, readNote, rootOfPath, type Entry, type Note } from './proof';

/** What a screen shows of an entry: whatever it shows is held against what was sealed. */
export type Shown = { id: string; hash: string; why?: ShownWhy; paid?: number } & Partial<Entry>;

export interface ShownWhy {
  code: string;
  rule: string | null;
  ruleVersion: number | null;
  base: number | null;
  amount: { minor: number; currency: string } | null;
  factors: { code: string; multiplier: number }[];
}

export type Failure = 'gone' | 'contents' | 'path' | 'signature' | 'key' | 'history';

export type Checked =
  | { kind: 'sealed'; sealedAt: string; size: number }
  | { kind: 'waiting' }
  | { kind: 'failed'; what: Failure }
  /** This browser has no Ed25519, or the page did not come by https. */
  | { kind: 'cannot' }
  | { kind: 'unreachable' };

interface PublishedKey {
  id: string;
  verifier: string;
  public: string;
  vouched_by: string | null;
  voucher: string | null;
}

type Answered = Extract<NonNullable<EntryProofQuery['node']>, { record: unknown }>;

const BASIS_POINTS = 10_000;
const ANSWER_WITHIN_MS = 15_000;

class Failed extends Error {
  constructor(readonly what: Failure) {
    super(what);
  }
}

export async function checkEntry(shown: Shown): Promise<Checked> {
  if (!(await canCheck())) return { kind: 'cannot' };
  try {
    return await check(shown);
  } catch (trouble) {
    if (trouble instanceof Failed) return { kind: 'failed', what: trouble.what };
    if (trouble instanceof Unreachable || trouble instanceof NotAnswered) return { kind: 'unreachable' };
    throw trouble;
  }
}

async function check(shown: Shown): Promise<Checked> {
  const answered = (await ask(EntryProof, { id: shown.id })).data.node as Answered | null;
  if (!answered?.record) throw new Failed('gone');
  const { record, proof } = answered;
  if ((await entryHash({ ...answered, ...shown }, record)) !== shown.hash || !saysSo(record.why, shown.why) || !paidSo(record.lines, shown.paid)) throw new Failed('contents');
  if (!proof) return { kind: 'waiting' };
  const note = readNote(proof.checkpoint.note);
  if (!note) throw new Failed('signature');
  const known = await verify(note, recall());
  if (note.size !== proof.treeSize || (await rootOfPath(proof.leafIndex, note.size, shown.hash, proof.path)) !== note.root) throw new Failed('path');
  await compare(note, known);
  remember(known, { size: note.size, root: note.root, note: proof.checkpoint.note });
  return { kind: 'sealed', sealedAt: note.sealedAt, size: note.size };
}

/** What was paid, as shown, are the points that were burned: of a hold, the rest of which came back. */
function paidSo(lines: NonNullable<Answered['record']>['lines'], paid?: number): boolean {
  const burned = lines.filter(({ toSide }) => toSide === 'BURNED').reduce((sum, { points }) => sum + points, 0);
  return paid === undefined || paid === burned;
}

/** How it was counted, as shown, is what was recorded. */
function saysSo(recorded: string, shown?: ShownWhy): boolean {
  if (!shown) return true;
  const why = JSON.parse(recorded);
  const factors = (why.factors ?? []).map((factor: { code: string; bp: number }) => [factor.code, factor.bp / BASIS_POINTS]);
  const told = [why.code, why.rule ?? null, why.version ?? null, why.base ?? null, why.amount_minor ?? null, why.amount_minor === undefined ? null : why.currency, factors];
  const { amount } = shown;
  const seen = [shown.code, shown.rule, shown.ruleVersion, shown.base, amount?.minor ?? null, amount?.currency ?? null, shown.factors.map(({ code, multiplier }) => [code, multiplier])];
  return JSON.stringify(told) === JSON.stringify(seen);
}

/** The signature with the published key, which this phone must know or the key it knows must vouch for. */
async function verify(note: Note, kept: Kept): Promise<Kept> {
  const published: PublishedKey[] = (await publication('keys.json')).keys;
  const key = published.find(({ id }) => id === note.keyId);
  if (!key || !(await isSigned(note.text, note.signature, key.public))) throw new Failed('signature');
  const keys = Object.keys(kept.keys).length ? { ...kept.keys } : Object.fromEntries(published.map((one) => [one.id, one.public]));
  for (const one of published) if (await isVouchedFor(one, keys, note.origin)) keys[one.id] = one.public;
  if (keys[key.id] !== key.public) throw new Failed('key');
  return { ...kept, keys };
}

async function isVouchedFor({ id, verifier, public: publicKey, vouched_by: by, voucher }: PublishedKey, known: Kept['keys'], origin: string): Promise<boolean> {
  const before = by && known[by];
  if (known[id] || !before || !voucher) return false;
  const names = verifier === `${origin}+${id}+${btoa(`\x01${atob(publicKey)}`)}`;
  return names && isSigned(`${origin}\nnext key ${verifier}\n`, fromBase64(voucher), before);
}

/** Every tree kept and this one are the same tree at different ages. */
async function compare(note: Note, { trees }: Kept): Promise<void> {
  // Those kept are known to continue each other, so the nearest on either side speak for all.
  const before = trees.findLast(({ size }) => size <= note.size);
  const after = trees.find(({ size }) => size > note.size);
  for (const [old, now] of [[before, note], [note, after]]) {
    if (old && now && !(await isConsistent(old, now, await proofBetween(old.size, now.size)))) throw new Failed('history');
  }
}

async function proofBetween(old: number, now: number): Promise<string[]> {
  return old === now ? [] : (await publication(`consistency/${old}-${now}.json`)).path;
}

/** A file of /checkpoints/. That one which must be there is missing is an answer too: the tree was never so large. */
async function publication(name: string) {
  let response: Response;
  try {
    response = await fetch(`/checkpoints/${name}`, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
  } catch {
    throw new Unreachable();
  }
  if (response.status === 404) throw new Failed(name === 'keys.json' ? 'key' : 'history');
  if (!response.ok) throw new Unreachable();
  return response.json();
}

async function canCheck(): Promise<boolean> {
  try {
    await crypto.subtle.importKey('raw', new Uint8Array(32), { name: 'Ed25519' }, false, ['verify']);
    return true;
  } catch {
    return false;
  }
}
