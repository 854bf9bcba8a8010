/** Break words into lines no wider than there is room: between Chinese characters, elsewhere at spaces. */

/** A Chinese character with the closing marks that must not begin a line, or a run of anything else with the spaces after it. */
const PIECE = /[「『（《“]*[\u2e80-\u9fff\uff00-\uffef][」』）》”，。、；：！？]*|[^\s\u2e80-\u9fff\uff00-\uffef]+\s*|\s+/gu;

export function linesOf(text: string, room: number, widthOf: (text: string) => number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const [piece] of text.matchAll(PIECE)) {
    if (line && widthOf((line + piece).trimEnd()) > room) {
      lines.push(line.trimEnd());
      line = piece.trimStart();
    } else line += piece;
  }
  return line.trim() ? [...lines, line.trimEnd()] : lines;
}
