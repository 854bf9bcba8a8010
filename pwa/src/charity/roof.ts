/** A roof of tiles: how many there are and how much each stands for, where each lies, and which are laid already. */

/** More than this and a tile stands for more points instead. */
const TILES_MAX = 120;
const STEPS = [2, 5, 10];
/** How wide a roof likes to be: its eaves against its rows. */
const SHAPE = 2.3;
const EAVES_MAX = 24;

/** A tile is one wide and this high; each row covers part of the row below it. */
export const TILE_HEIGHT = 1.12;
export const ROW_PITCH = 0.78;

export interface Tiles {
  /** What one drawn tile stands for. */
  worth: number;
  count: number;
  /** Laid in full. */
  laid: number;
  /** How much of the next one is laid, 0 to 1. */
  part: number;
  /** Begun ones counted; 0: the roof is whole. */
  left: number;
}

/** Where a tile lies: its left and upper edge, in widths of a tile. */
export interface Place {
  x: number;
  y: number;
}

export interface Roof {
  width: number;
  height: number;
  /** From the eaves up, from left to right: the order in which they are laid. */
  places: Place[];
  /** The ends of the ridge, over the uppermost row. */
  ridge: [number, number];
}

/** The tiles of a goal. Where it takes too many of `tilePoints`, a tile stands for twice, five times, ten times … as much. */
export function tilesOf(points: number, goal: number, tilePoints: number): Tiles {
  const worth = worthOf(goal, Math.max(1, tilePoints));
  const count = Math.max(1, Math.ceil(goal / worth));
  const laid = points >= goal ? count : Math.min(count - 1, Math.floor(points / worth));
  const size = Math.min(worth, goal - laid * worth);
  const part = laid === count ? 0 : Math.max(0, (points - laid * worth) / size);
  return { worth, count, laid, part, left: count - laid };
}

function worthOf(goal: number, tilePoints: number): number {
  for (let decade = 1, worth = tilePoints; ; decade *= 10) {
    for (const step of [1, ...STEPS]) {
      worth = tilePoints * decade * step;
      if (Math.ceil(goal / worth) <= TILES_MAX) return worth;
    }
  }
}

/** A hipped roof of so many tiles: every row one shorter than the row below it, so that each tile covers a seam. */
export function roofOf(count: number): Roof {
  const rows = rowsOf(count);
  const width = rows[0]!;
  const height = (rows.length - 1) * ROW_PITCH + TILE_HEIGHT;
  const places = rows.flatMap((tiles, row) => {
    const [left, y] = [(width - tiles) / 2, (rows.length - 1 - row) * ROW_PITCH];
    return Array.from({ length: tiles }, (_, column) => ({ x: left + column, y }));
  });
  const top = rows.at(-1)!;
  return { width, height, places, ridge: [(width - top) / 2, (width + top) / 2] };
}

/** How many lie in each row, the eaves first: of all that are possible, those that look most like a roof. */
export function rowsOf(count: number): number[] {
  let [best, least] = [[count], Infinity];
  for (let eaves = 1; eaves <= Math.min(count, EAVES_MAX); eaves++) {
    const rows = rowsFrom(eaves, count);
    const ugly = rows ? uglinessOf(rows) : Infinity;
    if (rows && ugly < least) [best, least] = [rows, ugly];
  }
  return best;
}

function rowsFrom(eaves: number, count: number): number[] | undefined {
  const rows: number[] = [];
  for (let [row, left] = [eaves, count]; left > 0; row--) {
    if (row < 1) return undefined;
    rows.push(Math.min(row, left));
    left -= row;
  }
  return rows;
}

function uglinessOf(rows: number[]): number {
  const [top, under] = [rows.at(-1)!, rows.at(-2)];
  const missing = under === undefined ? 0 : under - 1 - top;
  // A top row that is short by an odd number lies on the tiles below instead of on their seams.
  return Math.abs(rows[0]! / rows.length - SHAPE) + missing * 0.12 + (missing % 2) * 0.9;
}
