/** A blue-and-white plate for every reward, grown from its SKU: no image is ever loaded. */
import { chanceOf, type Chance } from './chance';

/** SVG path data on a 100 × 100 square, by how the glaze is laid: outlines, washes, full strokes. */
export interface Plate {
  line: string;
  wash: string;
  solid: string;
}

type Brush = (chance: Chance, petals: number) => Partial<Plate>;

const TURN = 2 * Math.PI;

export function plateOf(sku: string): Plate {
  const chance = chanceOf(sku);
  const petals = chance.pick([5, 6, 8, 8, 10, 12]);
  const parts = [edge, chance.pick(RIMS), chance.pick(HEARTS), eye].map((brush) => brush(chance, petals));
  const layer = (name: keyof Plate) => parts.map((part) => part[name] ?? '').join('');
  return { line: layer('line'), wash: layer('wash'), solid: layer('solid') };
}

const edge: Brush = () => ({ line: circle(44.2) + circle(33) });

const eye: Brush = (chance) => {
  const size = 2 + chance.next() * 2;
  return { line: circle(size + 1.6), solid: circle(size) };
};

const RIMS: Brush[] = [
  // Breaking waves, a crest inside each.
  (_, n) => ({ line: around(n * 2, (a, s) => wave(35, 6.5, a, s)), wash: around(n * 2, (a, s) => `${wave(35, 6.5, a, s)}L${at(33, a + s)}A33 33 0 0 0 ${at(33, a)}z`), solid: around(n * 2, (a, s) => drop(34.4, 37.6, a + s / 2, 0.05)) }),
  // A wreath of leaves leaning one way.
  (_, n) => ({ solid: around(n * 3, (a, s) => leaf(35, 42.4, a, s * 0.9)) }),
  // Lozenges on a thread.
  (_, n) => ({ line: circle(38.6), solid: around(n * 3, (a, s) => lozenge(35.6, 41.6, a, s * 0.3)) }),
  // The fret: a square spiral, again and again.
  (_, n) => ({ line: around(n * 2, fret) }),
  // Lappets like the collar of a vase.
  (_, n) => ({ line: around(n * 2, (a, s) => lappet(34, 42.6, a, s)), wash: around(n * 2, (a, s) => lappet(34, 42.6, a, s)), solid: around(n * 2, (a, s) => drop(35.4, 40, a + s / 2, 0.045)) }),
];

const HEARTS: Brush[] = [
  // Lotus: broad petals over narrow ones.
  (_, n) => ({ line: around(n, (a) => petal(7, 30, a, 1.7 / n)), wash: around(n, (a) => petal(7, 30, a, 1.7 / n)), solid: around(n, (a, s) => petal(9, 25, a + s / 2, 0.7 / n)) }),
  // Chrysanthemum: three rounds of petals, each half a turn on.
  (_, n) => {
    const round = (r0: number, r1: number, shift: number) => around(n, (a, s) => petal(r0, r1, a + s * shift, 1.25 / n));
    return { line: round(20, 31, 0) + round(12, 23, 0.5) + round(5, 15, 0), wash: round(20, 31, 0) + round(5, 15, 0), solid: around(n, (a, s) => dot(28.5, a + s / 2, 0.9)) };
  },
  // Four seasons: full leaves between open ones.
  (_, n) => {
    const few = n > 8 ? n / 2 : n;
    return { solid: around(few, (a) => petal(13, 30, a, 1.5 / few)), line: around(few, (a, s) => petal(6, 27, a + s / 2, 0.9 / few)), wash: around(few, (a, s) => petal(6, 27, a + s / 2, 0.9 / few)) };
  },
  // Star lattice, as on a window.
  (_, n) => ({ line: around(n, (a, s) => `M${at(30, a)}L${at(13, a + s / 2)}L${at(30, a + s)}`) + around(n, (a, s) => `M${at(21, a)}L${at(9, a + s / 2)}L${at(21, a + s)}`) + circle(30), solid: around(n, (a, s) => lozenge(20, 28.5, a + s / 2, 0.13)) }),
  // Ripples under a full moon.
  (chance, n) => {
    const start = chance.next() * TURN;
    const ring = (r: number, h: number, count: number) => around(count, (a, s) => wave(r, h, a + start, s));
    return { line: ring(25, 6, n + 4) + ring(18.5, 5.5, n + 1) + ring(12, 5, n - 1), wash: `${circle(15)}`, solid: around(n, (a, s) => dot(30.4, a + s / 2, 0.8)) };
  },
  // Scrolling clouds, hooked at both ends.
  (_, n) => {
    const few = Math.max(4, Math.round(n / 2));
    return { line: around(few, cloud), wash: around(few, (a) => petal(6, 16, a, 0.34)), solid: around(few, (a, s) => petal(16, 29, a + s / 2, 0.13)) };
  },
];

function around(count: number, draw: (angle: number, step: number) => string): string {
  const step = TURN / count;
  return Array.from({ length: count }, (_, i) => draw(i * step - TURN / 4, step)).join('');
}

function at(radius: number, angle: number): string {
  return `${short(50 + radius * Math.cos(angle))} ${short(50 + radius * Math.sin(angle))}`;
}

function short(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function circle(r: number): string {
  return `M${short(50 - r)} 50a${short(r)} ${short(r)} 0 1 0 ${short(2 * r)} 0a${short(r)} ${short(r)} 0 1 0 ${short(-2 * r)} 0z`;
}

function dot(radius: number, angle: number, size: number): string {
  return `M${at(radius, angle)}m${-size} 0a${size} ${size} 0 1 0 ${2 * size} 0a${size} ${size} 0 1 0 ${-2 * size} 0z`;
}

function petal(r0: number, r1: number, angle: number, width: number): string {
  const belly = r0 + (r1 - r0) * 0.6;
  return `M${at(r0, angle)}Q${at(belly, angle - width)} ${at(r1, angle)}Q${at(belly, angle + width)} ${at(r0, angle)}z`;
}

function drop(r0: number, r1: number, angle: number, width: number): string {
  return `M${at(r1, angle)}Q${at(r0, angle - width * 1.6)} ${at(r0, angle)}Q${at(r0, angle + width * 1.6)} ${at(r1, angle)}z`;
}

function leaf(r0: number, r1: number, angle: number, lean: number): string {
  return `M${at(r0, angle)}Q${at(r0 + 1, angle + lean * 0.9)} ${at(r1, angle + lean)}Q${at(r1 - 1, angle + lean * 0.1)} ${at(r0, angle)}z`;
}

function lozenge(r0: number, r1: number, angle: number, width: number): string {
  const middle = (r0 + r1) / 2;
  return `M${at(r0, angle)}L${at(middle, angle - width)}L${at(r1, angle)}L${at(middle, angle + width)}z`;
}

function wave(radius: number, height: number, angle: number, step: number): string {
  return `M${at(radius, angle)}Q${at(radius + height, angle + step / 2)} ${at(radius, angle + step)}`;
}

function lappet(r0: number, r1: number, angle: number, step: number): string {
  const [left, right, middle] = [angle + step * 0.08, angle + step * 0.92, angle + step / 2];
  return `M${at(r0, left)}L${at(r1 - 3, left)}Q${at(r1 - 0.6, left)} ${at(r1, middle)}Q${at(r1 - 0.6, right)} ${at(r1 - 3, right)}L${at(r0, right)}z`;
}

function fret(angle: number, step: number): string {
  const turn = (part: number) => angle + step * part;
  const corners = [at(35.4, turn(0)), at(42, turn(0)), at(42, turn(0.74)), at(37.4, turn(0.74)), at(37.4, turn(0.32)), at(39.8, turn(0.32)), at(39.8, turn(0.52))];
  return `M${corners.join('L')}M${at(35.4, turn(0))}L${at(35.4, turn(1))}`;
}

function cloud(angle: number, step: number): string {
  const [left, right] = [angle - step * 0.34, angle + step * 0.34];
  return `M${at(17, left)}Q${at(24, left - 0.12)} ${at(26, left)}Q${at(26.6, left + 0.16)} ${at(23, left + 0.14)}M${at(26, left)}Q${at(34, angle)} ${at(26, right)}M${at(17, right)}Q${at(24, right + 0.12)} ${at(26, right)}Q${at(26.6, right - 0.16)} ${at(23, right - 0.14)}`;
}
