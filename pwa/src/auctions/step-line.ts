/** The prices of an auction as a line of steps: each runs until the next bid lifts it. */

export interface Bid {
  price: number;
  at: string;
}

export interface StepLine {
  /** SVG path data. */
  path: string;
  /** Where the line ends now. */
  end: { x: number; y: number };
}

/** `bids`, oldest first, drawn into `width` × `height`: the first at the foot and the last at the top. */
export function stepLine(bids: readonly Bid[], width: number, height: number): StepLine {
  const [first, last] = [bids[0]?.price ?? 0, bids.at(-1)?.price ?? 0];
  const treads = bids.map((bid, i) => tread(bid, bids[i + 1]));
  const scale = width / treads.reduce((sum, one) => sum + one, 0);
  const up = (price: number) => round(height - ((price - first) / Math.max(1, last - first)) * height);
  let along = 0;
  const steps = bids.map(({ price }, i) => {
    along += treads[i]! * scale;
    return `${i ? 'V' : 'M0 '}${up(price)}H${round(along)}`;
  });
  return { path: steps.join(''), end: { x: width, y: up(last) } };
}

/** How long a step is: longer waits are longer, a thousand times longer ones a few times. */
function tread(bid: Bid, next: Bid | undefined): number {
  const seconds = next ? Math.max(0, Date.parse(next.at) - Date.parse(bid.at)) / 1000 : 1;
  return 1 + Math.log10(1 + seconds);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
