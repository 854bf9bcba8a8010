/** What this phone remembers of the mall's checkpoints, whoever is signed in: a few notes, and the keys it has come to know. */
import type { Tree } from './proof';

const NAME = 'checkpoints';
const KEPT_MAX = 8;

export interface Kept {
  /** Public keys in base64, by id. */
  keys: Record<string, string>;
  /** The first one ever seen, then the newest ones, the smallest first. */
  trees: (Tree & { note: string })[];
}

export function recall(storage: Storage = localStorage): Kept {
  try {
    const kept = JSON.parse(storage.getItem(NAME) ?? '') as Kept;
    if (Array.isArray(kept.trees) && typeof kept.keys === 'object') return kept;
  } catch {
    // Nothing kept yet, or nothing that can be read.
  }
  return { keys: {}, trees: [] };
}

/** Keep one more tree, which continues those kept, and the keys that are known by now. */
export function remember({ keys, trees }: Kept, tree: Kept['trees'][number], storage: Storage = localStorage): void {
  const others = trees.filter(({ size }) => size !== tree.size);
  const every = [...others, tree].sort((one, other) => one.size - other.size);
  const few = every.length > KEPT_MAX ? [...every.slice(0, 1), ...every.slice(1 - KEPT_MAX)] : every;
  try {
    storage.setItem(NAME, JSON.stringify({ keys, trees: few }));
  } catch {
    // A full storage costs only the memory, not the check.
  }
}
