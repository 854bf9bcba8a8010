/** Check a month's statement on this device: the signature over the file, and that what is shown is what the file says. */
import { recall } from '../ledger/kept-checkpoints';
import { fromBase64, isSigned } from '../ledger/proof';

export interface Statement {
  month: string;
  points: number;
  valueMinor: number;
  matchedMinor: number;
  currency: string;
  /** The file that is signed, byte by byte. */
  csv: string;
  signature: string;
  keyId: string;
}

export type CheckedStatement = 'signed' | 'false' | 'cannot' | 'unreachable';

const ANSWER_WITHIN_MS = 15_000;

export async function checkStatement(shown: Statement): Promise<CheckedStatement> {
  let keys: Map<string, string>;
  try {
    keys = await publishedKeys();
  } catch {
    return 'unreachable';
  }
  const key = keys.get(shown.keyId);
  const known = recall().keys[shown.keyId];
  if (!key || (known && known !== key) || !saysSo(shown)) return 'false';
  try {
    return (await isSigned(shown.csv, fromBase64(shown.signature), key)) ? 'signed' : 'false';
  } catch {
    return 'cannot'; // no Ed25519 in this browser, or no secure connection
  }
}

/** The month in the file's first line and the sums in its last are those shown. */
export function saysSo({ csv, month, points, valueMinor, matchedMinor, currency }: Statement): boolean {
  const lines = csv.trimEnd().split(/\r?\n/);
  return !!lines[0]?.endsWith(`,${month}`) && lines.at(-1) === `total,,,${points},${valueMinor},${matchedMinor},${currency}`;
}

async function publishedKeys(): Promise<Map<string, string>> {
  const response = await fetch('/checkpoints/keys.json', { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
  if (!response.ok) throw new Error(response.statusText);
  const { keys } = (await response.json()) as { keys: { id: string; public: string }[] };
  return new Map(keys.map((one) => [one.id, one.public]));
}
