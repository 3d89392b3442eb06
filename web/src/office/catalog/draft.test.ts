import { expect, test } from "vitest";

import { bodyOf, draftOf, emptyDraft, emptyVariant, partsOf, pricesOf, withCells } from "./draft";

const NOW = "2026-03-02T13:00:00Z";

const price = (amount: string, valid_from: string | null) => ({
  amount,
  per_quantity: 1,
  price_list_id: "list",
  valid_from,
  valid_until: null,
  version: 1,
});

const shirt = {
  id: "p",
  version: 3,
  name: "Shirt",
  description: "",
  category_id: null,
  brand_id: "b",
  tags: ["summer"],
  options: [{ name: "Size", choices: ["S", "M"] }],
  variants: ["S", "M"].map((size) => ({
    id: size,
    sku: `T-${size}`,
    name: `Shirt, ${size}`,
    options: [size],
    unit: "piece",
    sold_by: null,
    tax_id: null,
    active: true,
    barcodes: [{ code: "4006381333931", quantity: 12 }],
    suppliers: [{ supplier_id: "s", code: "x", pack_size: 6 }],
    prices: [price("9.90", null), price("12", "2026-04-01T00:00:00Z")],
  })),
};

test("what is not shown is sent back as it was", () => {
  const body = bodyOf(draftOf(shirt, "list", NOW), shirt);
  expect(body.brand_id).toBe("b");
  expect(body.version).toBe(3);
  expect(body.variants[0]?.barcodes).toEqual([{ code: "4006381333931", quantity: 12 }]);
  expect(body.variants[0]?.suppliers).toEqual(shirt.variants[0]?.suppliers);
  expect(body.variants[0]?.name).toBeNull();
});

test("only prices that are others are sent, and a later one is not taken for now's", () => {
  const draft = draftOf(shirt, "list", NOW);
  expect(pricesOf(draft, shirt, "list", NOW)).toEqual([]);
  const dearer = { ...draft, variants: draft.variants.map((one) => (one.id === "M" ? { ...one, price: "11,5" } : one)) };
  expect(pricesOf(dearer, shirt, "list", NOW)).toEqual([{ variant_id: "M", amount: "11.5", per_quantity: 1 }]);
});

test("a wider matrix keeps the variants that are there, and a narrower one retires them", () => {
  const kept = draftOf(shirt, "list", NOW).variants;
  const wider = withCells(kept, ["S", "M", "L"].map((size) => ({ options: [size], sku: `N-${size}` })));
  expect(wider.map(({ sku, active }) => [sku, active])).toEqual([["T-S", true], ["T-M", true], ["N-L", true]]);
  const narrower = withCells(wider, [{ options: ["M"], sku: "N-M" }]);
  expect(narrower.map(({ sku, active }) => [sku, active])).toEqual([["T-M", true], ["T-S", false]]);
  expect(withCells([emptyVariant()], [{ options: ["S"], sku: "A" }])).toHaveLength(1);
});

test("a new product has one variant and no version", () => {
  expect(bodyOf(emptyDraft(), undefined)).toMatchObject({ version: null, variants: [{ unit: "piece" }] });
  expect(partsOf(" S, M ,,L")).toEqual(["S", "M", "L"]);
});
