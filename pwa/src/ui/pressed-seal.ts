/** The seal a hash makes: five by five, mirrored left to right as every seal is. Drawn only once its signature has verified. */

const HALF = 3; // the right two columns are the left two again
const ROWS = 5;

/** Fifteen bits of a hash (hexadecimal) as rows of cells. */
export function sealRows(hash: string): string[] {
  const bits = parseInt(hash.slice(0, 4), 16);
  return Array.from({ length: ROWS }, (_, y) => {
    const [left, near, middle] = Array.from({ length: HALF }, (_, x) => ((bits >> (y * HALF + x)) & 1 ? 'X' : '.'));
    return `${left}${near}${middle}${near}${left}`;
  });
}
