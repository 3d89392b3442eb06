import { expect, test } from "vitest";

import { bodyOf, draftOf, emptyDraft, emptyVariant, inOrder, partsOf, pricesOf, withCells } from "./draft";

const NOW = "2026-03-02T13:00:00Z";
const WRITING = { digits: 2, locale: "en" };

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
  const body = bodyOf(draftOf(shirt, "list", NOW, WRITING), shirt);
  expect(body.brand_id).toBe("b");
  expect(body.version).toBe(3);
  expect(body.variants[0]?.barcodes).toEqual([{ code: "4006381333931", quantity: 12 }]);
  expect(body.variants[0]?.suppliers).toEqual(shirt.variants[0]?.suppliers);
  expect(body.variants[0]?.name).toBeNull();
});

test("only prices that are others are sent, and a later one is not taken for now's", () => {
  const draft = draftOf(shirt, "list", NOW, WRITING);
  expect(pricesOf(draft, shirt, "list", NOW, WRITING)).toEqual([]);
  const dearer = { ...draft, variants: draft.variants.map((one) => (one.id === "M" ? { ...one, price: "11,5" } : one)) };
  expect(pricesOf(dearer, shirt, "list", NOW, WRITING)).toEqual([{ variant_id: "M", amount: "11.5", per_quantity: 1 }]);
});

test("prices stand in the field as people write them, and what was not touched is not sent", () => {
  const short = { ...shirt, variants: shirt.variants.map((one) => ({ ...one, prices: [price("9.9", null)] })) };
  for (const [locale, shown] of [["en", "9.90"], ["vi", "9,90"]] as const) {
    const draft = draftOf(short, "list", NOW, { digits: 2, locale });
    expect(draft.variants[0]?.price).toBe(shown);
    expect(pricesOf(draft, short, "list", NOW, { digits: 2, locale })).toEqual([]);
  }
  const dong = { ...shirt, variants: shirt.variants.map((one) => ({ ...one, prices: [price("299000", null)] })) };
  const draft = draftOf(dong, "list", NOW, { digits: 0, locale: "vi" });
  expect(draft.variants[0]?.price).toBe("299000");
  const typed = { ...draft, variants: draft.variants.map((one) => (one.id === "M" ? { ...one, price: "349.000" } : { ...one, price: "299.000" })) };
  expect(pricesOf(typed, dong, "list", NOW, { digits: 0, locale: "vi" })).toEqual([{ variant_id: "M", amount: "349000", per_quantity: 1 }]);
});

test("variants stand as their matrix has them, whatever their order in the answer", () => {
  const cell = (size: string, colour: string) => ({ ...shirt.variants[0], id: size + colour, options: [size, colour] });
  const mixed = {
    options: [{ name: "Size", choices: ["S", "M"] }, { name: "Colour", choices: ["Red", "Blue"] }],
    variants: [cell("M", "Blue"), cell("S", "Blue"), cell("XL", "Red"), cell("M", "Red"), cell("S", "Red")],
  };
  expect(inOrder(mixed as Parameters<typeof inOrder>[0]).map(({ id }) => id)).toEqual(["SRed", "SBlue", "MRed", "MBlue", "XLRed"]);
  const plain = { options: [], variants: [{ ...shirt.variants[0], id: "b", options: [] }, { ...shirt.variants[0], id: "a", options: [] }] };
  expect(inOrder(plain as unknown as Parameters<typeof inOrder>[0]).map(({ id }) => id)).toEqual(["b", "a"]);
});

test("a wider matrix keeps the variants that are there, and a narrower one retires them", () => {
  const kept = draftOf(shirt, "list", NOW, WRITING).variants;
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
