import { expect, test } from "vitest";

import { formatQuantity, parseQuantity, priceBasis, typedQuantity, type Unit } from "./quantity";

test.each<[number, Unit, string, string]>([
  [3, "piece", "en", "3"],
  [1250, "gram", "en", "1.25 kg"],
  [250, "gram", "en", "250 g"],
  [-1500, "millilitre", "en", "-1.5 L"],
  [1250, "gram", "vi", "1,25 kg"],
])("%d %s in %s", (quantity, unit, locale, shown) => {
  expect(formatQuantity(quantity, unit, locale)).toBe(shown);
});

test.each<[string, Unit, number | null]>([
  ["2", "piece", 2],
  ["2.5", "piece", null],
  ["1.25", "gram", 1250],
  ["1,25", "gram", 1250],
  [".5", "gram", 500],
  ["1.2345", "gram", null],
  ["0", "piece", null],
  ["-1", "piece", null],
  ["", "gram", null],
  ["8930000000001", "piece", null],
])("typed %j of %s", (text, unit, quantity) => {
  expect(parseQuantity(text, unit)).toBe(quantity);
});

test.each<[number, Unit]>([
  [7, "piece"],
  [1, "gram"],
  [1250, "gram"],
  [120_000, "gram"],
])("%d %s survives being shown for editing", (quantity, unit) => {
  expect(parseQuantity(typedQuantity(quantity, unit), unit)).toBe(quantity);
});

test("a price says what it is for", () => {
  expect([priceBasis(1, "piece", "en"), priceBasis(1000, "gram", "en"), priceBasis(100, "gram", "en")]).toEqual([
    "",
    "kg",
    "100 g",
  ]);
});
