const PARTS = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" } as const;
const MINUTE_MS = 60_000;

/** How far the zone's clocks are ahead of UTC at an instant, in milliseconds. */
function offsetOf(instant: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat("en", { ...PARTS, timeZone }).formatToParts(instant);
  const read = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  const shown = Date.UTC(read("year"), read("month") - 1, read("day"), read("hour"), read("minute"), read("second"));
  return Math.round((shown - instant) / MINUTE_MS) * MINUTE_MS;
}

/** The zone of this device. */
export const zoneHere = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The instant at which a day begins in a zone, where clocks may be put forward or back on it. */
export function startOfDay(day: string, timeZone: string): string {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  const before = offsetOf(midnight, timeZone);
  const guess = midnight - before;
  // Between UTC's midnight and the zone's the clocks may have changed.
  const offset = offsetOf(guess, timeZone);
  const start = midnight - offset;
  // A midnight that is skipped: the day begins when the clocks have been put forward.
  return new Date(offsetOf(start, timeZone) === offset ? start : Math.max(start, guess)).toISOString();
}

/** The day of an instant in a zone, as `2026-11-22`. */
export function dayOf(instant: string, timeZone: string): string {
  const at = Date.parse(instant);
  return new Date(at + offsetOf(at, timeZone)).toISOString().slice(0, 10);
}
