/** What this phone keeps of each draw at the moment it was made, so that nobody can tell another story later. */

const NAME = 'draws';
const KEPT_MAX = 200;

export interface KeptDraw {
  drawId: string;
  roundId: string;
  commitment: string;
  termsHash: string;
  hash: string;
  number: number;
}

export function recallDraw(drawId: string, storage: Storage = localStorage): KeptDraw | undefined {
  return all(storage).find((kept) => kept.drawId === drawId);
}

/** Keep a draw; what was kept of it first stays. */
export function keepDraw(draw: KeptDraw, storage: Storage = localStorage): void {
  const others = all(storage);
  if (others.some(({ drawId }) => drawId === draw.drawId)) return;
  try {
    storage.setItem(NAME, JSON.stringify([draw, ...others].slice(0, KEPT_MAX)));
  } catch {
    // A full storage costs only the memory, not the check of everything else.
  }
}

function all(storage: Storage): KeptDraw[] {
  try {
    const kept = JSON.parse(storage.getItem(NAME) ?? '[]') as KeptDraw[];
    return Array.isArray(kept) ? kept : [];
  } catch {
    return [];
  }
}
