/** How a plant looks at a stage: a stem, leaves on both sides of it, then buds, then flowers. Pure. */

/** As drawn; a programme with more or fewer stages is fitted to these. */
export const LOOKS = 6;
export const GROUND = 150;
const CENTRE = 100;
const HEIGHTS = [0, 26, 50, 76, 98, 112];
const LEAVES = [0, 2, 4, 6, 8, 8];
const LEAF_FIRST = 12;
const LEAF_STEP = 12.5;
const ROOM_ABOVE = 30;

export interface Leaf {
  x: number;
  y: number;
  /** In degrees; leaves on the left are mirrored. */
  turn: number;
  size: number;
  left: boolean;
}

export interface Shape {
  /** Above this nothing is drawn. */
  top: number;
  stem: string;
  leaves: Leaf[];
  buds: { x: number; y: number }[];
  flowers: { x: number; y: number; size: number }[];
}

/** Which of the looks a stage has: the first and the last are always the first and the last. */
export function lookOf(stage: number, stages: number): number {
  return stages < 2 ? 0 : Math.round((stage / (stages - 1)) * (LOOKS - 1));
}

export function shapeOf(look: number): Shape {
  const height = HEIGHTS[look]!;
  const top = GROUND - height;
  const leaves = Array.from({ length: LEAVES[look]! }, (_, index) => leafAt(index, height, look)).filter(({ y }) => y >= top - 1);
  const tips = [{ x: swayAt(height), y: top }, { x: CENTRE - 22, y: top + 20 }, { x: CENTRE + 24, y: top + 13 }];
  return {
    top: Math.max(0, top - ROOM_ABOVE),
    stem: stemTo(height),
    leaves,
    buds: look === 4 ? tips : [],
    flowers: look === 5 ? tips.map((tip, index) => ({ ...tip, size: index ? 0.78 : 1 })) : [],
  };
}

function leafAt(index: number, height: number, look: number): Leaf {
  const up = Math.min(height, LEAF_FIRST + index * LEAF_STEP);
  const young = 1 - index / (LEAVES[look]! + 3);
  return { x: swayAt(up), y: GROUND - up, turn: -14 - 22 * (up / 112), size: round(0.5 + 0.55 * young), left: index % 2 === 1 };
}

/** Where the stem is, so high above the ground: it leans a little one way, then the other. */
function swayAt(up: number): number {
  return round(CENTRE + 5 * Math.sin(up / 24));
}

function stemTo(height: number): string {
  if (!height) return '';
  const steps = Array.from({ length: 8 }, (_, index) => ((index + 1) / 8) * height);
  return `M${CENTRE} ${GROUND + 4}` + steps.map((up) => `L${swayAt(up)} ${round(GROUND - up)}`).join('');
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
