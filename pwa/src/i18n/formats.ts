/** Numbers, money and dates as a language writes them; dates are read in the programme's zone. */

/** What is in force from here on was never otherwise: its date says nothing. */
export const FOUNDING = '1970-12-31';

export type Language = 'zh-CN' | 'en';

const MINUS = '−';
const CLOCK = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
const made = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>();
let programmeZone: string | undefined;

/** Dates are told in the programme's zone from now on, not in the phone's. */
export function tellTimeIn(zone: string | undefined): void {
  programmeZone = zone;
}

/** The programme's zone, once something has said it. */
export function zoneNow(): string | undefined {
  return programmeZone;
}

export function formatsFor(language: Language) {
  const number = (value: number) => numbers(language, {}).format(value);
  const write = (at: Date, shape: Intl.DateTimeFormatOptions, zone = programmeZone) =>
    dates(language, { ...shape, timeZone: zone }).format(at);
  const month = language === 'en' ? 'short' : 'long';
  /** Another year than this one is said; this one goes without saying. */
  const date = (at: Date, shape: Intl.DateTimeFormatOptions = {}) => {
    const isThisYear = write(at, { year: 'numeric' }) === write(new Date(), { year: 'numeric' });
    return write(at, { ...(isThisYear ? {} : { year: 'numeric' }), month, day: 'numeric', ...shape });
  };
  return {
    number,
    signed: (value: number) => (value < 0 ? MINUS : '+') + number(Math.abs(value)),
    decimal: (value: number) => numbers(language, { maximumFractionDigits: 2 }).format(value),
    percent: (ratio: number) => numbers(language, { style: 'percent' }).format(ratio),
    money: (minor: number, currency: string) => moneyIn(language, minor, currency),
    day: (iso: string) => date(new Date(iso)),
    moment: (iso: string) => date(new Date(iso), CLOCK),
    /** With its year, whichever that is. */
    fullDay: (iso: string) => write(new Date(iso), { year: 'numeric', month, day: 'numeric' }),
    /** The programme's month at `iso`, with its year. */
    month: (iso: string) => write(new Date(iso), { year: 'numeric', month: 'long' }),
    /** A time of day on the reader's own clock. */
    clock: (at: Date) => write(at, CLOCK, phoneZone()),
    /** A calendar day has no zone: read it as noon in Greenwich. */
    weekday: (day: string, width: 'narrow' | 'long') => write(new Date(`${day}T12:00:00Z`), { weekday: width }, 'UTC'),
    /** The last day something is good for, when it ends at `iso`. */
    lastDay: (iso: string) => date(new Date(new Date(iso).getTime() - 1)),
  };
}

/** Whole days from now until `iso`, never below 0. */
export function daysUntil(iso: string, now = Date.now()): number {
  return Math.max(0, Math.ceil((new Date(iso).getTime() - now) / 86_400_000));
}

function moneyIn(language: Language, minor: number, currency: string): string {
  const options = { style: 'currency', currency, currencyDisplay: 'narrowSymbol' } as const;
  const digits = numbers(language, options).resolvedOptions().maximumFractionDigits ?? 2;
  const whole = minor % 10 ** digits === 0;
  return numbers(language, { ...options, minimumFractionDigits: whole ? 0 : digits }).format(minor / 10 ** digits);
}

function numbers(language: Language, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  return once(`n${language}${JSON.stringify(options)}`, () => new Intl.NumberFormat(language, options));
}

function dates(language: Language, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return once(`d${language}${JSON.stringify(options)}`, () => new Intl.DateTimeFormat(language, options));
}

function phoneZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function once<Made extends Intl.NumberFormat | Intl.DateTimeFormat>(key: string, make: () => Made): Made {
  const found = made.get(key) as Made | undefined;
  if (found) return found;
  const fresh = make();
  made.set(key, fresh);
  return fresh;
}
