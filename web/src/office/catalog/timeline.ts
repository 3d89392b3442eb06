/** A price as a stretch of time. */
interface Stretch {
  valid_from?: string | null;
  valid_until?: string | null;
}

export type PriceState = "past" | "now" | "later";

export function stateOf({ valid_from, valid_until }: Stretch, now: string): PriceState {
  const at = Date.parse(now);
  if (valid_from && Date.parse(valid_from) > at) return "later";
  return valid_until && Date.parse(valid_until) <= at ? "past" : "now";
}

const DAY = 86_400_000;

/** Where stretches are on a line from a little before the first change to a little after the last one, in percent. */
export function placeOf(all: Stretch[], now: string): ((one: Stretch) => { start: number; end: number }) & { now: number } {
  const at = Date.parse(now);
  const ends = all.flatMap(({ valid_from, valid_until }) => [valid_from, valid_until]).filter((end): end is string => Boolean(end));
  const times = [at, ...ends.map((end) => Date.parse(end))];
  const [least, most] = [Math.min(...times), Math.max(...times)];
  const room = Math.max((most - least) / 5, DAY);
  const [from, until] = [least - room, most + room];
  const percent = (time: number) => ((time - from) / (until - from)) * 100;
  const place = ({ valid_from, valid_until }: Stretch) => ({
    start: valid_from ? percent(Date.parse(valid_from)) : 0,
    end: valid_until ? percent(Date.parse(valid_until)) : 100,
  });
  return Object.assign(place, { now: percent(at) });
}
