import { expect, test, vi } from 'vitest';
import { checkStatement, saysSo, type Statement } from './check-statement';

const pair = (await crypto.subtle.generateKey({ name: 'Ed25519' }, true, ['sign', 'verify'])) as CryptoKeyPair;
const base64 = (bytes: ArrayBuffer) => btoa(String.fromCharCode(...new Uint8Array(bytes)));
const ours = base64(await crypto.subtle.exportKey('raw', pair.publicKey));

const csv = '\ufeffcharity statement,53310000,青禾,Green Shoots,2026-10\nproject,title_zh,title_en,points,value_minor,matched_minor,currency\nlibrary,图书角,Library,1200,1200,600,CNY\ntotal,,,1200,1200,600,CNY\n';
const signature = base64(await crypto.subtle.sign({ name: 'Ed25519' }, pair.privateKey, new TextEncoder().encode(csv)));
const statement: Statement = { month: '2026-10', points: 1200, valueMinor: 1200, matchedMinor: 600, currency: 'CNY', csv, signature, keyId: 'aa' };

vi.stubGlobal('localStorage', { getItem: () => null, setItem() {} });
const publish = (keys: object[]) => vi.stubGlobal('fetch', async () => new Response(JSON.stringify({ keys })));

test('a file signed with the published key is signed', async () => {
  publish([{ id: 'aa', public: ours }]);
  expect(await checkStatement(statement)).toBe('signed');
});

test('another figure, month, byte, signature or key is not', async () => {
  publish([{ id: 'aa', public: ours }, { id: 'bb', public: base64(new Uint8Array(32).fill(7).buffer) }]);
  for (const lie of [{ points: 1201 }, { matchedMinor: 601 }, { month: '2026-09' }, { csv: csv.replace('Library', 'Liberty') }, { signature: base64(new Uint8Array(64).buffer) }, { keyId: 'bb' }, { keyId: 'cc' }])
    expect(await checkStatement({ ...statement, ...lie })).toBe('false');
});

test('where nobody answers nothing is said', async () => {
  vi.stubGlobal('fetch', async () => Promise.reject(new TypeError()));
  expect(await checkStatement(statement)).toBe('unreachable');
});

test('a file of many lines is read by its ends', () => {
  expect(saysSo({ ...statement, csv: csv.replaceAll('\n', '\r\n') })).toBe(true);
  expect(saysSo({ ...statement, csv: '' })).toBe(false);
});
