import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { entryHash, canonical, fromBase64, isConsistent, isSigned, readNote, rootOfPath, type Recorded } from './proof';

/** The vectors the server's own tests hold to. */
const golden = (name: string) => JSON.parse(readFileSync(resolve(`../tests/ledger/${name}.json`), 'utf8'));
const chain = golden('golden_chain');
const seal = golden('golden_seal');
const tree = (size: number) => ({ size, root: seal.roots[size - 1] });

/** JSON as the server hashes it: keys in order, no spaces. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_, inner) => (inner && typeof inner === 'object' && !Array.isArray(inner) ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1))) : inner));
}

/** A vector as the wire would show it. */
async function shown({ entry, canonical: text }: (typeof chain)[number], prevHash: string) {
  const iso = (moment: string) => `${new Date(moment).toISOString().slice(0, 19)}.${(/\.(\d+)/.exec(moment)?.[1] ?? '').padEnd(6, '0')}Z`;
  const lines = entry.lines.map((line: Record<string, string>) => ({ ...line, lotId: line.lot_id, fromSide: line.from!.toUpperCase(), toSide: line.to!.toUpperCase(), expiresAt: line.expires_at && iso(line.expires_at) }));
  const record = { memberId: entry.member_id, entryId: entry.entry_id, debt: entry.debt, actor: entry.actor, requestHash: text.split('|')[11], why: sorted(entry.why), prevHash, lines } as Recorded;
  return [{ ...entry, occurredAt: iso(entry.occurred_at), postedAt: iso(entry.created_at) }, record] as const;
}

test('an entry is written and hashed as the server does, one chain from the first on', async () => {
  let before = '0'.repeat(64);
  for (const vector of chain) {
    const [entry, record] = await shown(vector, before);
    expect(await canonical(entry, record)).toBe(vector.canonical);
    expect((before = await entryHash(entry, record))).toBe(vector.hash);
  }
});

test('whatever is changed in an entry, its hash is another', async () => {
  const [entry, record] = await shown(chain[0], '0'.repeat(64));
  const changes = [{ points: 1 }, { seq: 2 }, { kind: 'BURN' }, { reference: 'else' }, { occurredAt: '2026-01-01T00:00:00Z' }, { postedAt: '2026-01-01T00:00:00.000001Z' }];
  for (const change of changes) expect(await entryHash({ ...entry, ...change }, record)).not.toBe(chain[0].hash);
  const beside = [{ memberId: 'x' }, { entryId: 'x' }, { debt: 9 }, { actor: 'x' }, { requestHash: 'x' }, { why: '{}' }, { prevHash: 'ff' }, { lines: [] }];
  for (const change of beside) expect(await entryHash(entry, { ...record, ...change })).not.toBe(chain[0].hash);
});

test('every leaf leads to the root, and to no other with a path that was touched', async () => {
  for (const [index, path] of seal.paths_at_7.entries()) {
    expect(await rootOfPath(index, 7, seal.hashes[index], path)).toBe(tree(7).root);
    expect(await rootOfPath(index, 7, seal.hashes[index], path.slice(1))).not.toBe(tree(7).root);
    expect(await rootOfPath(index, 7, seal.hashes[index], [...path, path[0]])).not.toBe(tree(7).root);
    expect(await rootOfPath(index, 7, seal.hashes[(index + 1) % 7], path)).not.toBe(tree(7).root);
  }
  expect(await rootOfPath(7, 7, seal.hashes[0], [])).toBeUndefined();
});

test('each earlier tree is the beginning of the last, and a rewritten one is not', async () => {
  for (let size = 1; size <= 7; size += 1) {
    const proof = seal.consistency[`${size}-7`];
    expect(await isConsistent(tree(size), tree(7), proof)).toBe(true);
    expect(await isConsistent({ size, root: '00'.repeat(32) }, tree(7), proof)).toBe(false);
    expect(await isConsistent(tree(size), { size: 7, root: '00'.repeat(32) }, proof)).toBe(false);
    if (proof.length) expect(await isConsistent(tree(size), tree(7), proof.slice(1))).toBe(false);
  }
  expect(await isConsistent(tree(7), tree(6), [])).toBe(false);
});

test('a checkpoint is read, and its signature is that of the key', async () => {
  const note = readNote(seal.note)!;
  expect(note).toMatchObject({ origin: 'points-mall', ...tree(7), sealedAt: seal.sealed_at, keyId: seal.key_id });
  expect(await isSigned(note.text, note.signature, seal.public_key)).toBe(true);
  expect(await isSigned(note.text.replace('7', '8'), note.signature, seal.public_key)).toBe(false);
  const another = seal.next_verifier.split('+').slice(2).join('+');
  expect(await isSigned(note.text, note.signature, btoa(atob(another).slice(1)))).toBe(false);
  for (const broken of ['', seal.note.replace('\n\n', '\n'), seal.note.replace('sealed ', '')]) expect(readNote(broken)).toBeUndefined();
});

test('the voucher of the old key names the new one', async () => {
  expect(await isSigned(`points-mall\nnext key ${seal.next_verifier}\n`, fromBase64(seal.voucher), seal.public_key)).toBe(true);
});
