/** Calendar months as `YYYY-MM`: which there are, and where they begin and end. */

export const MONTHS_BACK = 60;

/** The month of a moment, as the programme's zone has it. */
export function monthAt(now: number, zone: string | undefined): string {
  const parts = new Intl.DateTimeFormat('en', { year: 'numeric', month: '2-digit', timeZone: zone }).formatToParts(now);
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}`;
}

/** The month so many months before (or, negative, after). */
export function monthsBefore(month: string, back: number): string {
  const [year, number] = month.split('-').map(Number) as [number, number];
  return new Date(Date.UTC(year, number - 1 - back, 1)).toISOString().slice(0, 7);
}

/** Its first and last day. */
export function daysOf(month: string): { from: string; to: string } {
  const [year, number] = month.split('-').map(Number) as [number, number];
  return { from: `${month}-01`, to: new Date(Date.UTC(year, number, 0)).toISOString().slice(0, 10) };
}

/** That month and those before it that a statement can be chosen for, the newest first. */
export function monthsUpTo(month: string): string[] {
  return Array.from({ length: MONTHS_BACK }, (_, back) => monthsBefore(month, back));
}
