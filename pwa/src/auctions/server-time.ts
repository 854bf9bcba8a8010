/** How far this phone's clock is from the server's, learned from the dates its answers carry. */

/** A date on an answer has whole seconds. */
const DATE_STEP_MS = 1000;

/** The server's clock is ahead of the phone's by something between these, in milliseconds. */
export interface Ahead {
  least: number;
  most: number;
}

/** One answer: asked at `sent`, here at `received`, both by the phone, and dated by the server in between. */
export function aheadBy(sent: number, received: number, date: string): Ahead | undefined {
  const dated = Date.parse(date);
  return Number.isNaN(dated) ? undefined : { least: dated - received, most: dated + DATE_STEP_MS - sent };
}

/** What both say together; if they contradict each other a clock was set, and the later one counts. */
export function narrowed(known: Ahead | undefined, told: Ahead): Ahead {
  if (!known) return told;
  const both = { least: Math.max(known.least, told.least), most: Math.min(known.most, told.most) };
  return both.least <= both.most ? both : told;
}

/** What to add to the phone's clock: nothing while it may well be right. */
export function correction(ahead: Ahead | undefined): number {
  if (!ahead || (ahead.least <= 0 && ahead.most >= 0)) return 0;
  return Math.round((ahead.least + ahead.most) / 2);
}
