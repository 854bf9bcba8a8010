/** The outline of a seal, empty until its signature has verified on this phone, and the mall's own mark. */

const CELLS = 5;

/** Path data on a 5 × 5 square: the frame, and where the strokes will stand. */
export function sealOutline(): { frame: string; grid: string } {
  const inner = Array.from({ length: CELLS - 1 }, (_, i) => i + 1);
  return {
    frame: `M0 0h${CELLS}v${CELLS}h-${CELLS}z`,
    grid: inner.map((line) => `M${line} 0v${CELLS}M0 ${line}h${CELLS}`).join(''),
  };
}

/** The mall's own mark: one fixed seal, mirrored left to right as every seal is. */
export const MARK_ROWS = ['X.X.X', 'XXXXX', 'X.X.X', 'XXXXX', 'X...X'] as const;

/** Path data of filled cells, one unit each. */
export function cellsOf(rows: readonly string[]): string {
  return rows.flatMap((row, y) => [...row].map((cell, x) => (cell === 'X' ? `M${x} ${y}h1v1h-1z` : ''))).join('');
}
