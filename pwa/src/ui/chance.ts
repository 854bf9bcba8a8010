/** Luck that is the same for the same word: everything grown from a SKU looks the same on every phone. */

export interface Chance {
  /** The next number in [0, 1). */
  next(): number;
  pick<Item>(items: readonly Item[]): Item;
}

/** FNV-1a turns the word into a start, mulberry32 walks on from there. */
export function chanceOf(word: string): Chance {
  let state = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(word)) state = Math.imul(state ^ byte, 0x01000193);
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { next, pick: (items) => items[Math.floor(next() * items.length)]! };
}
