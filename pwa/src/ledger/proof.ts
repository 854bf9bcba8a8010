/** The arithmetic of a receipt, as backend/ledger/chain.py, backend/kit/merkle.py and backend/ledger/checkpoints.py do it. */

export interface Entry {
  seq: number;
  kind: string;
  points: number;
  occurredAt: string;
  postedAt: string;
  reference: string | null;
}

/** What an entry's hash is made of beside what a screen shows. `why` is the very text that is hashed. */
export interface Recorded {
  memberId: string;
  entryId: string;
  debt: number;
  actor: string;
  requestHash: string;
  why: string;
  prevHash: string;
  lines: { lotId: string; fromSide: string; toSide: string; points: number; expiresAt: string | null }[];
}

/** A tree at one size. */
export interface Tree {
  size: number;
  root: string;
}

export interface Note extends Tree {
  text: string;
  origin: string;
  sealedAt: string;
  keyId: string;
  signature: Uint8Array<ArrayBuffer>;
}

type Bytes = Uint8Array<ArrayBuffer>;

/** The hash of an entry, in hexadecimal, from what is shown of it and what is recorded beside. */
export async function entryHash(entry: Entry, record: Recorded): Promise<string> {
  return hex(await sha256(bytesOf(record.prevHash), utf8(await canonical(entry, record))));
}

export async function canonical(entry: Entry, record: Recorded): Promise<string> {
  const lines = record.lines.map(({ lotId, fromSide, toSide, points, expiresAt }) =>
    [lotId, fromSide.toLowerCase(), toSide.toLowerCase(), points, expiresAt === null ? '' : microseconds(expiresAt)].join(':'),
  );
  const why = hex(await sha256(utf8(record.why)));
  const about = [entry.points, record.debt, microseconds(entry.occurredAt), microseconds(entry.postedAt), entry.reference ?? ''];
  return [1, record.memberId, entry.seq, record.entryId, entry.kind, ...about, record.actor, record.requestHash, why, lines.join(',')].join('|');
}

/** The root that an audit path leads to (RFC 9162, 2.1.3.2); nothing when it has not the shape of one. */
export async function rootOfPath(index: number, size: number, hash: string, path: string[]): Promise<string | undefined> {
  let [at, last, root] = [index, size - 1, await sha256(Uint8Array.of(0), bytesOf(hash))];
  if (index < 0 || index >= size) return undefined;
  for (const sibling of path.map(bytesOf)) {
    if (!last) return undefined;
    if (at % 2 || at === last) {
      root = await node(sibling, root);
      [at, last] = upToOdd(at, last);
    } else root = await node(root, sibling);
    [at, last] = [half(at), half(last)];
  }
  return last ? undefined : hex(root);
}

/** Whether the old tree is the beginning of the new one (RFC 9162, 2.1.4.2). */
export async function isConsistent(old: Tree, now: Tree, proof: string[]): Promise<boolean> {
  if (old.size === now.size) return !proof.length && old.root === now.root;
  if (old.size < 1 || old.size > now.size) return false;
  let [at, last] = [old.size - 1, now.size - 1];
  while (at % 2) [at, last] = [half(at), half(last)];
  // A whole old tree is a subtree of the new one: its own root begins the path.
  const [first, ...rest] = (at ? proof : [old.root, ...proof]).map(bytesOf);
  let [before, after] = [first, first];
  if (!before || !after) return false;
  for (const sibling of rest) {
    if (!last) return false;
    if (at % 2 || at === last) {
      [before, after] = [await node(sibling, before), await node(sibling, after)];
      [at, last] = upToOdd(at, last);
    } else after = await node(after, sibling);
    [at, last] = [half(at), half(last)];
  }
  return !last && hex(before) === old.root && hex(after) === now.root;
}

/** A checkpoint's note (C2SP signed note), taken apart; nothing when it is none. Whether it is signed is `isSigned`'s to say. */
export function readNote(note: string): Note | undefined {
  const [, text, origin, size, root, sealedAt, line] = /^((\S+)\n(\d+)\n(\S{44})\nsealed (\S+)\n)\n— \S+ (\S{92})\n/.exec(note) ?? [];
  if (!text || !origin || !root || !sealedAt || !line) return undefined;
  const signed = fromBase64(line);
  return { text, origin, size: Number(size), root: hex(fromBase64(root)), sealedAt, keyId: hex(signed.slice(0, 4)), signature: signed.slice(4) };
}

/** Whether the key (base64) signed the text. Throws what WebCrypto throws where it does not know Ed25519. */
export async function isSigned(text: string, signature: Bytes, publicKey: string): Promise<boolean> {
  const key = await crypto.subtle.importKey('raw', fromBase64(publicKey), { name: 'Ed25519' }, false, ['verify']);
  return crypto.subtle.verify({ name: 'Ed25519' }, key, signature, utf8(text));
}

export function fromBase64(text: string): Bytes {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

function microseconds(moment: string): number {
  const [, second, fraction = ''] = /^([^.Z]+)(?:\.(\d+))?Z$/.exec(moment) ?? [];
  return Date.parse(`${second}Z`) * 1000 + Number(fraction.padEnd(6, '0'));
}

function upToOdd(at: number, last: number): [number, number] {
  while (at && at % 2 === 0) [at, last] = [half(at), half(last)];
  return [at, last];
}

const half = (count: number) => Math.floor(count / 2);
const node = (left: Bytes, right: Bytes) => sha256(Uint8Array.of(1), left, right);
const utf8 = (text: string): Bytes => new TextEncoder().encode(text);
const hex = (bytes: Bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
const bytesOf = (text: string): Bytes => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));

async function sha256(...parts: Bytes[]): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', await new Blob(parts).arrayBuffer()));
}
