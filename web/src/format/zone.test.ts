import { expect, test } from "vitest";

import { dayOf, startOfDay } from "./zone";

test.each([
  ["2026-11-22", "UTC", "2026-11-22T00:00:00.000Z"],
  ["2026-11-22", "Asia/Ho_Chi_Minh", "2026-11-21T17:00:00.000Z"],
  ["2026-11-22", "America/New_York", "2026-11-22T05:00:00.000Z"],
  // The day on which clocks are put forward, and the one after.
  ["2026-03-08", "America/New_York", "2026-03-08T05:00:00.000Z"],
  ["2026-03-09", "America/New_York", "2026-03-09T04:00:00.000Z"],
  // The day on which they are put back, and the one after.
  ["2026-11-01", "America/New_York", "2026-11-01T04:00:00.000Z"],
  ["2026-11-02", "America/New_York", "2026-11-02T05:00:00.000Z"],
  // Midnight itself is skipped: the day begins at one o'clock.
  ["2026-09-06", "America/Santiago", "2026-09-06T04:00:00.000Z"],
  ["2026-11-22", "Pacific/Auckland", "2026-11-21T11:00:00.000Z"],
  ["2026-11-22", "Asia/Kathmandu", "2026-11-21T18:15:00.000Z"],
])("%s in %s begins at %s", (day, zone, instant) => {
  expect(startOfDay(day, zone)).toBe(instant);
  expect(dayOf(instant, zone)).toBe(day);
});
