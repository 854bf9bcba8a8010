/** How long until it ends, for people. */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export type Left = { kind: 'days'; days: number; hours: number } | { kind: 'clock'; text: string; seconds: number };

/** A begun second counts as one: only what is over says 0:00. */
export function leftUntil(at: string, now: number): Left {
  const ms = Math.max(0, Date.parse(at) - now);
  if (ms >= DAY_MS) return { kind: 'days', days: Math.floor(ms / DAY_MS), hours: Math.floor((ms % DAY_MS) / HOUR_MS) };
  const seconds = Math.ceil(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const two = (value: number) => String(value).padStart(2, '0');
  const text = hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
  return { kind: 'clock', text, seconds };
}

/** How much of the ring is left: of the whole auction, and in the last minute of that minute. */
export function shareLeft(opensAt: string, endsAt: string, now: number): number {
  const left = Math.max(0, Date.parse(endsAt) - now);
  const whole = left <= MINUTE_MS ? MINUTE_MS : Math.max(1, Date.parse(endsAt) - Date.parse(opensAt));
  return Math.min(1, left / whole);
}

export type Ago = { kind: 'now' } | { kind: 'seconds' | 'minutes' | 'hours' | 'days'; count: number };

export function ago(at: string, now: number): Ago {
  const ms = Math.max(0, now - Date.parse(at));
  if (ms < 3000) return { kind: 'now' };
  if (ms < MINUTE_MS) return { kind: 'seconds', count: Math.floor(ms / 1000) };
  if (ms < HOUR_MS) return { kind: 'minutes', count: Math.floor(ms / MINUTE_MS) };
  if (ms < DAY_MS) return { kind: 'hours', count: Math.floor(ms / HOUR_MS) };
  return { kind: 'days', count: Math.floor(ms / DAY_MS) };
}
