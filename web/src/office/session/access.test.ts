import { expect, test } from "vitest";

import type { Session } from "../../api/cloud";
import { firstPage, mayOpen, pageOf } from "./access";
import { may, mayAt, mayEverywhere, placesOf } from "./SessionContext";

const location = (id: string) => ({ id, code: id, name: id, kind: "shop", time_zone: "UTC" });

/** Sells and counts at A, sees stock at A and B, reads the audit in the whole chain. */
const session = {
  permissions: ["audit.read", "sale.read", "stock.count", "stock.read"],
  locations: [location("A"), location("B"), location("C")],
  reach: [
    { permissions: ["audit.read"], everywhere: true, location_ids: [] },
    { permissions: ["sale.read", "stock.count"], everywhere: false, location_ids: ["A"] },
    { permissions: ["stock.read"], everywhere: false, location_ids: ["A", "B"] },
  ],
} as unknown as Session;

test("what one may do is asked where it is done", () => {
  expect([mayAt(session, "stock.count", "A"), mayAt(session, "stock.count", "B")]).toEqual([true, false]);
  expect([may(session, "stock.count"), mayEverywhere(session, "stock.count")]).toEqual([true, false]);
  expect([mayAt(session, "audit.read", "C"), mayEverywhere(session, "audit.read")]).toEqual([true, true]);
  expect(placesOf(session, "stock.read").map(({ id }) => id)).toEqual(["A", "B"]);
  expect(placesOf(session, ["sale.read", "audit.read"]).map(({ id }) => id)).toEqual(["A", "B", "C"]);
});

test("pages are open by their permission, and the first is one's own", () => {
  expect((["overview", "sales", "stock", "audit", "jobs", "approvals", "newOrder"] as const).map((page) => mayOpen(session, page))).toEqual([
    false, true, true, true, false, true, false,
  ]);
  expect(firstPage(session)).toBe("/office/sales");
  expect(firstPage({ ...session, permissions: [], reach: [] })).toBeUndefined();
});

test.each([
  ["/office", "overview"],
  ["/office/", "overview"],
  ["/office/stock/7", "stock"],
  ["/office/orders/new", "newOrder"],
  ["/office/account", undefined],
  ["/office/tokens", undefined],
  ["/office/constructor", undefined],
])("%s is the page %s", (path, page) => {
  expect(pageOf(path)).toBe(page);
});
