/** The one way to the server: queries by GET, mutations by POST, both by trusted-document id. */
import type { Document } from './document';
import { forgetNews } from './kept';

const ANSWER_WITHIN_MS = 15_000;
const AS_OF = 'x-as-of';
const OFFLINE = 'x-offline';

/** An answer, when it was true, and whether the network or this phone's memory gave it. */
export interface Told<Data> {
  data: Data;
  asOf: Date;
  from: 'network' | 'kept' | 'kept offline';
}

/** Nobody answered: for a mutation the outcome is unknown. */
export class Unreachable extends Error {}

/** The server would not run it: nothing happened. */
export class NotAnswered extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

/** Nothing was done, for certain; of any other failure that cannot be said. */
const REFUSED_OUTRIGHT = new Set(['UNAUTHENTICATED', 'FORBIDDEN', 'BAD_USER_INPUT', 'PERSISTED_QUERY_NOT_FOUND']);

interface Early {
  address: string;
  response: Promise<Response>;
}

const listeners = new Set<(data: unknown) => void>();

/** Hear every answer before the screen that asked for it does. */
export function heed(listener: (data: unknown) => void): void {
  listeners.add(listener);
}

export function addressOf<Data, Variables>(document: Document<Data, Variables>, variables: Variables): string {
  return `/graphql?documentId=${document.id}&variables=${encodeURIComponent(JSON.stringify(variables))}`;
}

export async function ask<Data, Variables>(document: Document<Data, Variables>, variables: Variables): Promise<Told<Data>> {
  const address = addressOf(document, variables);
  const response = await reach(() => startedEarly(address) ?? get(address));
  const data = await read<Data>(response);
  announce(data);
  const asOf = response.headers.get(AS_OF);
  if (!asOf) return { data, asOf: new Date(), from: 'network' };
  return { data, asOf: new Date(asOf), from: response.headers.has(OFFLINE) ? 'kept offline' : 'kept' };
}

/** Do something once. Throws `Unreachable` when it may or may not have happened. */
export async function tell<Data, Variables>(document: Document<Data, Variables>, variables: Variables): Promise<Data> {
  const response = await reach(() =>
    fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ documentId: document.id, variables }),
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    }),
  );
  return read<Data>(response);
}

export function announce(data: unknown): void {
  for (const listener of listeners) listener(data);
}

function startedEarly(address: string): Promise<Response> | undefined {
  const held = globalThis as { early?: Early };
  const { early } = held;
  if (early?.address !== address) return undefined;
  delete held.early;
  return early.response;
}

function get(address: string): Promise<Response> {
  forgetNews(address);
  return fetch(address, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
}

async function reach(send: () => Promise<Response>): Promise<Response> {
  try {
    return await send();
  } catch {
    throw new Unreachable();
  }
}

async function read<Data>(response: Response): Promise<Data> {
  const body = await response.json().catch(() => undefined);
  if (body?.data) return body.data as Data;
  const code = String(body?.errors?.[0]?.extensions?.code ?? '');
  if (code === 'UNAUTHENTICATED') announce({ viewer: null });
  throw REFUSED_OUTRIGHT.has(code) ? new NotAnswered(code) : new Unreachable();
}
