/** Calendar days as `YYYY-MM-DD`: ranges of them, and figures for each day of a range. */

const DAY_MS = 86_400_000;
export const RANGES = [7, 30, 90] as const;
export const RANGE_DAYS_MAX = 366;

export interface Range {
  from: string;
  to: string;
}

/** The day it is at `now` in the programme's zone. */
export function dayAt(now: number, zone: string | undefined): string {
  const parts = new Intl.DateTimeFormat('en', { year: 'numeric', month: '2-digit', day: '2-digit', timeZone: zone }).formatToParts(now);
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')}`;
}

export function daysBefore(day: string, back: number): string {
  return new Date(Date.parse(day) - back * DAY_MS).toISOString().slice(0, 10);
}

/** So many days up to and with `to`. */
export function rangeUpTo(to: string, days: number): Range {
  return { from: daysBefore(to, days - 1), to };
}

/** What was chosen, made a range: the right way round, not into the future, and not longer than can be asked for. */
export function kept({ from, to }: Range, today: string): Range {
  const last = to < today ? to : today;
  const first = from < last ? from : last;
  const earliest = daysBefore(last, RANGE_DAYS_MAX - 1);
  return { from: first > earliest ? first : earliest, to: last };
}

/** Every day of a range, with the figures of those that have any. */
export function everyDay<Figures extends { date: string }>({ from, to }: Range, figures: Figures[]): { date: string; of: Figures | undefined }[] {
  const known = new Map(figures.map((one) => [one.date, one]));
  const count = Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1;
  return Array.from({ length: Math.max(0, count) }, (_, i) => {
    const date = daysBefore(from, -i);
    return { date, of: known.get(date) };
  });
}
