import { expect, test } from "vitest";

import { draftOf, emptyDraft, lacking, noEntries, toLine, toLines, type Draft } from "./ticket";

const avocado = { id: "avocado", name: "Avocado", unit: "gram" } as const;
const crate = { id: "crate", name: "Crate", unit: "piece" } as const;

test.each([
  ["gross 12.5 tare 0.5 cost 1.20", { gross: "12.5", tare: "0.5", cost: "1.20" }, { gross: 12_500, tare: 500, cost: "1.20" }],
  ["no tare", { gross: "12", cost: "1,2" }, { gross: 12_000, tare: 0, cost: "1.2" }],
  ["a cost that ends with its point", { gross: "12", cost: "1." }, { gross: 12_000, tare: 0, cost: "1" }],
])("weighed: %s", (_name, typed, { cost, ...weight }) => {
  expect(toLine(avocado, { ...noEntries, ...typed })).toEqual({
    variant_id: "avocado",
    weight: { ...weight, source: "manual" },
    unit_cost: cost,
    cost_quantity: 1000,
  });
});

test("counted: a quantity and a cost per piece", () => {
  expect(toLine(crate, { ...noEntries, quantity: "4", cost: "2.5" })).toEqual({
    variant_id: "crate",
    quantity: 4,
    unit_cost: "2.5",
    cost_quantity: 1,
  });
});

test.each([
  [{ cost: "1" }, "gross"],
  [{ gross: "1", tare: "1", cost: "1" }, "tare"],
  [{ gross: "1", tare: "2", cost: "1" }, "tare"],
  [{ gross: "1" }, "cost"],
])("%j still lacks its %s", (typed, missing) => {
  expect(toLine(avocado, { ...noEntries, ...typed })).toBe(missing);
});

const recorded = {
  id: "first",
  ticket_number: "B1P-1-000001",
  supplier: { id: "farm", name: "Farm" },
  payment: { kind: "cash", amount_minor: 1440 },
  lines: [
    { variant_id: "avocado", name: "Avocado", unit: "gram", quantity: 12_000, gross: 12_500, tare: 500, unit_cost: "1.2", cost_quantity: 1000 },
    { variant_id: "crate", name: "Crate", unit: "piece", quantity: 3, gross: null, tare: null, unit_cost: "7.5", cost_quantity: 12 },
  ],
} as unknown as Parameters<typeof draftOf>[0];

test("a correction leaves no line out: a cost that was told for another quantity has to be typed", () => {
  const draft = draftOf(recorded);
  expect(draft.lines.map(({ entries }) => entries)).toEqual([
    { gross: "12.5", tare: "0.5", quantity: "", cost: "1.2" },
    { gross: "", tare: "", quantity: "3", cost: "" },
  ]);
  expect(lacking(draft)).toEqual({ name: "Crate", field: "cost" });
  expect(toLines(draft)).toEqual([]);
  const typed: Draft = { ...draft, lines: draft.lines.map((line) => ({ ...line, entries: { ...line.entries, cost: "0.625" } })) };
  expect(lacking(typed)).toBeNull();
  expect(toLines(typed)).toHaveLength(2);
  expect(lacking(emptyDraft())).toBeNull();
});
