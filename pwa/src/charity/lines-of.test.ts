import { expect, test } from 'vitest';
import { linesOf } from './lines-of';

const widthOf = (text: string) => [...text].length;

test('what fits stays on one line', () => {
  expect(linesOf('gave to Village library', 40, widthOf)).toEqual(['gave to Village library']);
  expect(linesOf('', 40, widthOf)).toEqual([]);
});

test('English breaks at spaces, and no word is lost', () => {
  const lines = linesOf('gave to the reading corners of six mountain schools', 16, widthOf);
  expect(lines.every((line) => line.length <= 16)).toBe(true);
  expect(lines.join(' ')).toBe('gave to the reading corners of six mountain schools');
});

test('Chinese breaks anywhere but before what closes, after what opens', () => {
  const lines = linesOf('为「山村图书角与流动书车」捐出', 6, widthOf);
  expect(lines.join('')).toBe('为「山村图书角与流动书车」捐出');
  for (const line of lines) expect(line).not.toMatch(/^[」，。]|[「（]$/);
});

test('a word wider than the room stands alone', () => {
  expect(linesOf('a incomprehensibilities b', 8, widthOf)).toEqual(['a', 'incomprehensibilities', 'b']);
});
