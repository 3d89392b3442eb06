import { expect, test } from "vitest";

import type { StockItem } from "../../api/cloud";
import { sum } from "./accounts";
import { patchStock } from "./patch";

const at = (location_id: string, node_rights: number) => ({ ...sum([]), location_id, on_hand: node_rights, node_rights });
const tea: StockItem = {
  variant_id: "tea",
  sku: "T1",
  name: "Tea",
  category: "Hot drinks",
  unit: "piece",
  total: 7,
  totals: { ...sum([]), on_hand: 7, node_rights: 7 },
  attention: null,
  locations: [at("a", 3), at("b", 4)],
};

test("a branch's new balances move its row and the sum", () => {
  const items = [{ variant_id: "tea", on_hand: 1, node_rights: 0, available: 1 }];
  const patched = patchStock(tea, { location_id: "a", items });
  expect(patched.locations[0]).toMatchObject({ node_rights: 0, available: 1, on_hand: 1 });
  expect([patched.total, patched.totals.node_rights, patched.totals.available]).toEqual([5, 4, 1]);
});

test("other products and branches that are not shown leave it as it is", () => {
  expect(patchStock(tea, { location_id: "a", items: [{ variant_id: "milk", on_hand: 0 }] })).toBe(tea);
  expect(patchStock(tea, { location_id: "c", items: [{ variant_id: "tea", on_hand: 0 }] })).toBe(tea);
});
