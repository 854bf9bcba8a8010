// The programme's calendar: days are YYYY-MM-DD, instants are ISO 8601 in UTC with as many digits as the product writes.
const DAY = 86_400_000;

/** Milliseconds of a day's beginning in UTC. */
export const at = (day) => Date.parse(`${day}T00:00:00Z`);
export const dayAfter = (day, days) => new Date(at(day) + days * DAY).toISOString().slice(0, 10);
export const daysBetween = (earlier, later) => Math.round((at(later) - at(earlier)) / DAY);
export const monthBegin = (day) => `${day.slice(0, 8)}01`;
export const monday = (day) => dayAfter(day, -((new Date(at(day)).getUTCDay() + 6) % 7));

/** The first of the month `months` after the one `day` is in. */
export function monthAfter(day, months) {
  const [year, month] = day.split("-").map(Number);
  return new Date(Date.UTC(year, month - 1 + months, 1)).toISOString().slice(0, 10);
}

/** The zone's offset in milliseconds; asked anew for every day, kept for a thousand of them. */
const offsets = new Map();
function offset(zone, moment) {
  const key = `${zone} ${Math.floor(moment / 3_600_000)}`;
  if (!offsets.has(key)) {
    if (offsets.size > 1000) offsets.clear();
    const format = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
    const whole = Math.floor(moment / 1000) * 1000;
    offsets.set(key, Date.parse(`${format.format(whole).replace(" ", "T")}Z`) - whole);
  }
  return offsets.get(key);
}

export const dayOf = (zone, moment) => new Date(moment + offset(zone, moment)).toISOString().slice(0, 10);

/** The instant at which `day` begins in the zone, as it goes over the wire. */
export function startOf(zone, day) {
  const guess = at(day) - offset(zone, at(day));
  return new Date(at(day) - offset(zone, guess)).toISOString().replace(".000Z", "Z");
}

/** The week (ISO 8601), month or eternity a day is in, named as the awards name it. */
export function period(kind, day) {
  if (kind === "ONCE") return { name: "ONCE", first: "1970-01-01", until: null };
  if (kind === "MONTH") return { name: day.slice(0, 7), first: monthBegin(day), until: monthAfter(day, 1) };
  const first = monday(day);
  const thursday = dayAfter(first, 3);
  const week = Math.floor(daysBetween(`${thursday.slice(0, 4)}-01-01`, thursday) / 7) + 1;
  return { name: `${thursday.slice(0, 4)}-W${String(week).padStart(2, "0")}`, first, until: dayAfter(first, 7) };
}

export const daysLeft = (expiresAt, moment) => Math.max(0, Math.ceil((Date.parse(expiresAt) - moment) / DAY));
