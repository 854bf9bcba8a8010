/** A certificate of giving, drawn on this phone: nothing of it is fetched, and nobody else sees it unless she shares it. */
import { sealRows } from '../ui/pressed-seal';
import { MARK_ROWS, sealOutline } from '../ui/seal';
import { linesOf } from './lines-of';
import { ROW_PITCH, TILE_HEIGHT } from './roof';

export const WIDTH = 1080;
export const HEIGHT = 1440;

export interface Certificate {
  title: string;
  name: string;
  gave: string;
  /** The points as written, and the word that follows them. */
  points: string;
  unit: string;
  /** What the programme added; nothing where it is not known. */
  added: string;
  charity: string;
  date: string;
  mall: string;
  /** The entry's hash, hexadecimal. */
  hash: string;
  /** Its signature was verified on this phone: only then the seal is pressed. */
  sealed: boolean;
}

export interface Look {
  theme: 'light' | 'dark';
  words: string;
}

const MARGIN = 96;
const CINNABAR = '#b8261b';
const COLOURS = {
  light: { paper: '#f5f7fa', ink: '#131a2e', soft: '#4d5872', celadon: '#1c6a52', tile: '#1c6a52', line: '#a9cfc0', outline: '#b8261b' },
  dark: { paper: '#0a0f1e', ink: '#eaf0fb', soft: '#a3b0cc', celadon: '#7fd4b4', tile: '#23755b', line: '#2b5a4a', outline: '#ff8a78' },
};
const TILES_ACROSS = 9;
const ROWS = 3;
const SEAL_SIDE = 216;
const MARK_SIDE = 56;

type Pen = CanvasRenderingContext2D;
type Colours = (typeof COLOURS)['light'];

export function drawCertificate(pen: Pen, said: Certificate, { theme, words }: Look): void {
  const colours = COLOURS[theme];
  pen.fillStyle = colours.paper;
  pen.fillRect(0, 0, WIDTH, HEIGHT);
  drawEaves(pen, colours);
  drawWords(pen, said, colours, words);
  drawFoot(pen, said, colours, words);
}

/** The eaves of a roof hang from the upper edge, each row covering the seams of the row below. */
function drawEaves(pen: Pen, { tile, paper }: Colours): void {
  const side = WIDTH / TILES_ACROSS;
  for (let row = ROWS - 1; row >= 0; row--) {
    for (let column = row % 2 ? -0.5 : 0; column < TILES_ACROSS; column++) {
      pen.save();
      pen.translate(column * side, (row - 0.3) * ROW_PITCH * side);
      pen.scale(side, side);
      pen.fill(styled(pen, tile, paper, aTile()));
      pen.stroke(aTile());
      pen.restore();
    }
  }
}

function aTile(): Path2D {
  return new Path2D(`M.03 -.2H.97V${TILE_HEIGHT - 0.5}A.47 .47 0 0 1 .03 ${TILE_HEIGHT - 0.5}z`);
}

function styled(pen: Pen, fill: string, stroke: string, path: Path2D): Path2D {
  [pen.fillStyle, pen.strokeStyle, pen.lineWidth] = [fill, stroke, 0.055];
  return path;
}

function drawWords(pen: Pen, said: Certificate, { ink, soft, celadon }: Colours, words: string): void {
  let y = 470;
  const write = (text: string, size: number, weight: number, colour: string, leading: number) => {
    pen.font = `${weight} ${size}px ${words}`;
    pen.fillStyle = colour;
    for (const line of linesOf(text, WIDTH - 2 * MARGIN, (piece) => pen.measureText(piece).width)) {
      pen.fillText(line, MARGIN, y);
      y += size * leading;
    }
  };
  write(said.title, 56, 700, celadon, 2.1);
  write(said.name, 76, 700, ink, 1.25);
  write(said.gave, 46, 400, ink, 1.4);
  y += 130;
  pen.font = `700 190px Digits, ${words}`;
  pen.fillStyle = celadon;
  pen.fillText(said.points, MARGIN - 8, y, WIDTH - 2 * MARGIN - 180);
  const wide = Math.min(pen.measureText(said.points).width, WIDTH - 2 * MARGIN - 180);
  pen.font = `600 52px ${words}`;
  pen.fillText(said.unit, MARGIN + wide + 16, y);
  y += 76;
  write(said.added, 38, 600, celadon, 1.5);
  write(said.charity, 36, 400, soft, 1.4);
}

function drawFoot(pen: Pen, said: Certificate, { ink, soft, line, outline }: Colours, words: string): void {
  const y = HEIGHT - MARGIN;
  pen.fillStyle = line;
  pen.fillRect(MARGIN, y - SEAL_SIDE - 36, WIDTH - 2 * MARGIN, 3);
  drawCells(pen, MARK_ROWS, MARGIN, y - MARK_SIDE - 88, MARK_SIDE, 0);
  pen.fillStyle = ink;
  pen.font = `700 40px ${words}`;
  pen.fillText(said.mall, MARGIN + MARK_SIDE + 20, y - 102);
  pen.fillStyle = soft;
  pen.font = `400 36px ${words}`;
  pen.fillText(said.date, MARGIN, y - 38);
  pen.font = '400 26px ui-monospace, Menlo, Consolas, monospace';
  pen.fillText(`${said.hash.slice(0, 24)}…`, MARGIN, y + 6);
  const left = WIDTH - MARGIN - SEAL_SIDE;
  if (said.sealed) drawCells(pen, sealRows(said.hash), left, y - SEAL_SIDE, SEAL_SIDE, -0.07);
  else drawOutline(pen, left, y - SEAL_SIDE, outline);
}

/** A pressed seal: white cells in a cinnabar square. */
function drawCells(pen: Pen, rows: readonly string[], x: number, y: number, side: number, turn: number): void {
  onSeal(pen, x, y, side, turn, () => {
    pen.fillStyle = CINNABAR;
    pen.beginPath();
    pen.roundRect(-0.6, -0.6, 6.2, 6.2, 0.55);
    pen.fill();
    pen.fillStyle = '#fff';
    rows.forEach((row, at) => [...row].forEach((cell, column) => cell === 'X' && pen.fillRect(column - 0.01, at - 0.01, 1.02, 1.02)));
  });
}

function drawOutline(pen: Pen, x: number, y: number, colour: string): void {
  const { frame, grid } = sealOutline();
  onSeal(pen, x, y, SEAL_SIDE, -0.07, () => {
    [pen.strokeStyle, pen.lineWidth] = [colour, 0.14];
    pen.stroke(new Path2D(frame));
    pen.lineWidth = 0.04;
    pen.setLineDash([0.12, 0.14]);
    pen.stroke(new Path2D(grid));
  });
}

function onSeal(pen: Pen, x: number, y: number, side: number, turn: number, draw: () => void): void {
  pen.save();
  pen.translate(x + side / 2, y + side / 2);
  pen.rotate(turn);
  pen.scale(side / 6.2, side / 6.2);
  pen.translate(-2.5, -2.5);
  draw();
  pen.restore();
}
