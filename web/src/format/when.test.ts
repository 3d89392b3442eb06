import { expect, test } from "vitest";

import { addDays, formatAgo, formatDate, formatDay, formatInstant, formatSince, formatTime, formatTimeThere } from "./when";

const INSTANT = "2026-11-22T17:30:00Z";

test.each([
  ["Asia/Bangkok", "00:30"],
  ["America/New_York", "12:30"],
])("a time is the branch's (%s)", (zone, shown) => {
  expect(formatTime(INSTANT, "en", zone)).toBe(shown);
});

test("a time elsewhere names its zone", () => {
  const zone = ["Asia/Bangkok", "America/New_York"].find((name) => name !== new Intl.DateTimeFormat().resolvedOptions().timeZone);
  expect(formatTimeThere(INSTANT, "en", zone)).toMatch(/^(00:30 GMT\+7|12:30 EST)$/);
});

test("since when something lasts names the day when it is another one", () => {
  expect(formatSince(INSTANT, "2026-11-22T23:00:00Z", "en-GB", "UTC")).toBe("17:30");
  expect(formatSince(INSTANT, "2026-11-25T17:40:00Z", "en-GB", "UTC")).toBe("22 Nov, 17:30");
  // The day is the branch's: half past midnight in Bangkok is no longer the 22nd.
  expect(formatSince("2026-11-22T16:30:00Z", INSTANT, "en-GB", "Asia/Bangkok")).toBe("22 Nov, 23:30");
});

test("an instant and a business date", () => {
  expect(formatInstant(INSTANT, "en-GB", "UTC")).toBe("22 Nov 2026, 17:30");
  expect(formatDate("2026-11-22", "en-GB")).toBe("22 Nov 2026");
  expect(formatDay("2026-11-22", "en-GB")).toBe("Sunday 22 November");
});

test.each([
  [-4, "now"],
  [5, "5 seconds ago"],
  [185, "3 minutes ago"],
  [7300, "2 hours ago"],
  [90_000, "yesterday"],
])("%d s ago", (age, shown) => {
  expect(formatAgo(INSTANT, Date.parse(INSTANT) + age * 1000, "en")).toBe(shown);
});

test("days cross months", () => {
  expect(addDays("2026-03-01", -1)).toBe("2026-02-28");
});
