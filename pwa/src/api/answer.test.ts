import { afterEach, expect, test, vi } from 'vitest';
import { Answer } from './answer.svelte';

const document = { id: 'sha256:ab' };
const OFFLINE = { headers: { 'x-as-of': '2026-11-22T02:00:00.000Z', 'x-offline': '1' } };
const passing = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000);

/** Ask while this phone believes so of its line, and only what it kept answers; returns how often it was asked by then. */
async function askedInVain(onLine: boolean) {
  vi.useFakeTimers();
  // By chance each phone waits up to twice as long: this one half as long again.
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
  vi.stubGlobal('navigator', { onLine });
  const network = vi.fn(async () => new Response('{"data":{}}', OFFLINE));
  vi.stubGlobal('fetch', network);
  const answer = new Answer(document);
  await answer.load({});
  expect(answer.standing).toBe('offline');
  return { answer, network };
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

test('a line that has only just come back is tried again, each time later', async () => {
  const { answer, network } = await askedInVain(true);
  await passing(2);
  expect(network).toHaveBeenCalledTimes(2);
  await passing(1.9);
  expect(network).toHaveBeenCalledTimes(2);
  network.mockImplementation(async () => new Response('{"data":{}}'));
  await passing(2.1);
  expect(answer.standing).toBe('fresh');
  await passing(600);
  expect(network).toHaveBeenCalledTimes(3);
});

test('without a line nothing is asked by itself, nor for a screen that is gone', async () => {
  const { network } = await askedInVain(false);
  await passing(600);
  expect(network).toHaveBeenCalledTimes(1);
  const gone = await askedInVain(true);
  gone.answer.stop();
  await passing(600);
  expect(gone.network).toHaveBeenCalledTimes(1);
});
