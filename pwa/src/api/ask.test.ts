import { afterEach, expect, test, vi } from 'vitest';
import { addressOf, ask, heed, NotAnswered, tell, Unreachable } from './ask';

const document = { id: 'sha256:ab' };
const answers = (body: unknown, init?: ResponseInit) => vi.stubGlobal('fetch', vi.fn(async () => new Response(JSON.stringify(body), init)));

afterEach(() => vi.unstubAllGlobals());

test('a query is a GET by its document id', async () => {
  answers({ data: { viewer: null } });
  await ask(document, { locale: 'EN' });
  expect(vi.mocked(fetch).mock.calls[0]?.[0]).toBe('/graphql?documentId=sha256:ab&variables=%7B%22locale%22%3A%22EN%22%7D');
});

test('the answer the page asked for early is used, once', async () => {
  answers({ data: { from: 'later' } });
  const address = addressOf(document, {});
  vi.stubGlobal('early', { address, response: Promise.resolve(new Response('{"data":{"from":"early"}}')) });
  expect((await ask(document, {})).data).toEqual({ from: 'early' });
  expect((await ask(document, {})).data).toEqual({ from: 'later' });
});

test('an answer tells when it was true and where it came from', async () => {
  answers({ data: {} }, { headers: { 'x-as-of': '2026-11-22T02:00:00.000Z', 'x-offline': '1' } });
  expect(await ask(document, {})).toMatchObject({ asOf: new Date('2026-11-22T02:00:00Z'), from: 'kept offline' });
});

test('everybody who listens hears an answer', async () => {
  const heard = vi.fn();
  heed(heard);
  answers({ data: { viewer: null } });
  await ask(document, {});
  expect(heard).toHaveBeenCalledWith({ viewer: null });
});

test('no answer to a mutation means the outcome is unknown', async () => {
  vi.stubGlobal('fetch', vi.fn(async () => Promise.reject(new TypeError('Failed to fetch'))));
  await expect(tell(document, {})).rejects.toBeInstanceOf(Unreachable);
  answers({ errors: [] }, { status: 503 });
  await expect(tell(document, {})).rejects.toBeInstanceOf(Unreachable);
  answers({ data: null, errors: [{ message: 'x', extensions: { code: 'INTERNAL_SERVER_ERROR' } }] });
  await expect(tell(document, {})).rejects.toBeInstanceOf(Unreachable);
});

test('an error of ours is named by its code', async () => {
  answers({ errors: [{ message: 'no', extensions: { code: 'UNAUTHENTICATED' } }] });
  await expect(tell(document, {})).rejects.toEqual(new NotAnswered('UNAUTHENTICATED'));
});
