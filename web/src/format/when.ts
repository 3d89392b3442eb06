/** Instants are shown in the branch's own zone; business dates have no zone. */

/** `14:10`. */
export function formatTime(instant: string, locale: string, timeZone?: string): string {
  return dateFormat(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone }).format(new Date(instant));
}

/** `14:10`, with the zone when the reader's clock says something else: `14:10 GMT+7`. */
export function formatTimeThere(instant: string, locale: string, timeZone?: string): string {
  // By the clocks and not by the names: one zone has several, and browsers say `Asia/Saigon` for `Asia/Ho_Chi_Minh`.
  const isHere = timeZone === undefined || clockOf(instant, timeZone) === clockOf(instant, undefined);
  if (isHere) return formatTime(instant, locale, timeZone);
  const options = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone, timeZoneName: "short" } as const;
  return dateFormat(locale, options).format(new Date(instant));
}

/** `11/22/2026, 14:10` of a zone's clock, to compare two of them. */
const clockOf = (instant: string, timeZone: string | undefined) =>
  dateFormat("en-US", { dateStyle: "short", timeStyle: "short", timeZone }).format(new Date(instant));

/** Since when something lasts: `14:10` of the same day, `20 Nov, 14:10` of an earlier one. */
export function formatSince(instant: string, now: string, locale: string, timeZone?: string): string {
  const day = dateFormat("en-CA", { dateStyle: "short", timeZone });
  if (day.format(new Date(instant)) === day.format(new Date(now))) return formatTime(instant, locale, timeZone);
  const options = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone } as const;
  return dateFormat(locale, options).format(new Date(instant));
}

/** `22 Nov 2026, 14:10`. */
export function formatInstant(instant: string, locale: string, timeZone?: string): string {
  const options = { dateStyle: "medium", timeStyle: "short", hourCycle: "h23", timeZone } as const;
  return dateFormat(locale, options).format(new Date(instant));
}

/** A business date in full: `Sunday 22 November`. */
export function formatDay(date: string, locale: string): string {
  return dateFormat(locale, { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" }).format(midnight(date));
}

/** A business date in few letters, with its weekday: `Sun 22 Nov`. */
export function formatShortDay(date: string, locale: string): string {
  return dateFormat(locale, { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" }).format(midnight(date));
}

/** A business date for lists: `22 Nov 2026`. */
export function formatDate(date: string, locale: string): string {
  return dateFormat(locale, { dateStyle: "medium", timeZone: "UTC" }).format(midnight(date));
}

/** A business date on an axis: `22 Nov`. */
export function formatShortDate(date: string, locale: string): string {
  return dateFormat(locale, { day: "numeric", month: "short", timeZone: "UTC" }).format(midnight(date));
}

/** How long ago, in the largest fitting unit: `3 minutes ago`. Never ahead: `now` may be some seconds old, and clocks differ. */
export function formatAgo(instant: string, now: number, locale: string): string {
  const seconds = Math.min(0, Math.round((Date.parse(instant) - now) / 1000));
  const format = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const age = Math.abs(seconds);
  if (age < 60) return format.format(seconds, "second");
  if (age < 3600) return format.format(Math.trunc(seconds / 60), "minute");
  if (age < 86_400) return format.format(Math.trunc(seconds / 3600), "hour");
  return format.format(Math.trunc(seconds / 86_400), "day");
}

/** The day before or after a business date. */
export function addDays(date: string, days: number): string {
  const day = midnight(date);
  day.setUTCDate(day.getUTCDate() + days);
  return day.toISOString().slice(0, 10);
}

const midnight = (date: string) => new Date(`${date}T00:00:00Z`);

const formats = new Map<string, Intl.DateTimeFormat>();

type Options = { [K in keyof Intl.DateTimeFormatOptions]: Intl.DateTimeFormatOptions[K] | undefined };

function dateFormat(locale: string, options: Options): Intl.DateTimeFormat {
  const key = `${locale} ${JSON.stringify(options)}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(locale, options as Intl.DateTimeFormatOptions);
    formats.set(key, format);
  }
  return format;
}
