import { expect, test } from "vitest";

import type { Overview } from "../../api/cloud";
import { patchOverview } from "./patch";

const overview = {
  date: "2026-11-22",
  revenue_minor: 300,
  sales: 3,
  units: 6,
  purchases_minor: 0,
  purchases: 0,
  locations: [
    { location_id: "a", revenue_minor: 100, sales: 1, units: 2, purchases_minor: 0, purchases: 0, complete_to: null },
    { location_id: "b", revenue_minor: 200, sales: 2, units: 4, purchases_minor: 0, purchases: 0, complete_to: null },
  ],
} as unknown as Overview;

const message = { location_id: "b", business_date: "2026-11-22", revenue_minor: 250, sales: 3, units: 5, complete_to: "2026-11-22T10:00:00Z" };

test("the sums move by what the branch moved, however often it is told", () => {
  const once = patchOverview(overview, message);
  const twice = once && patchOverview(once, message);
  expect(twice).toMatchObject({ revenue_minor: 350, sales: 4, units: 7, purchases_minor: 0 });
  expect(twice?.locations[1]).toMatchObject({ revenue_minor: 250, complete_to: "2026-11-22T10:00:00Z" });
});

test("another day, or a branch one does not see, changes nothing", () => {
  expect(patchOverview(overview, { ...message, business_date: "2026-11-21" })).toBeNull();
  expect(patchOverview(overview, { ...message, location_id: "c" })).toBeNull();
});
