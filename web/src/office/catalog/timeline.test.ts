import { expect, test } from "vitest";

import { placeOf, stateOf } from "./timeline";

const NOW = "2026-11-20T12:00:00Z";
const OLD = { valid_until: "2026-11-10T12:00:00Z" };
const CURRENT = { valid_from: "2026-11-10T12:00:00Z", valid_until: "2026-12-10T12:00:00Z" };
const NEXT = { valid_from: "2026-12-10T12:00:00Z", valid_until: null };

test("a price was, is or will be", () => {
  expect([OLD, CURRENT, NEXT].map((one) => stateOf(one, NOW))).toEqual(["past", "now", "later"]);
  expect(stateOf({ valid_from: NOW }, NOW)).toBe("now");
});

test("prices follow each other without a gap, and now is in the one that counts", () => {
  const place = placeOf([OLD, CURRENT, NEXT], NOW);
  expect(place(OLD)).toEqual({ start: 0, end: place(CURRENT).start });
  expect(place(NEXT)).toEqual({ start: place(CURRENT).end, end: 100 });
  expect(place.now).toBeGreaterThan(place(CURRENT).start);
  expect(place.now).toBeLessThan(place(CURRENT).end);
});

test("one price that always counts fills the line", () => {
  expect(placeOf([{}], NOW)({})).toEqual({ start: 0, end: 100 });
});
