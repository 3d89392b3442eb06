import { expect, test } from "vitest";

import { choices, draftOf, emptyDraft, lacking, netOf, noEntries, readDraft, toLine, toLines, type Draft } from "./ticket";

const avocado = { id: "avocado", name: "Avocado", unit: "gram" } as const;
const crate = { id: "crate", name: "Crate", unit: "piece" } as const;
const sack = { id: "sack", name: "Sack", tare: 250 };

test.each([
  ["gross 12.5 tare 0.5 cost 1.20", { gross: "12.5", tare: "0.5", cost: "1.20" }, { gross: 12_500, tare: 500, cost: "1.20" }],
  ["no tare", { gross: "12", cost: "1,2" }, { gross: 12_000, tare: 0, cost: "1.2" }],
  ["a cost that ends with its point", { gross: "12", cost: "1." }, { gross: 12_000, tare: 0, cost: "1" }],
])("weighed: %s", (_name, typed, { cost, ...weight }) => {
  expect(toLine({ variant: avocado, entries: { ...noEntries, ...typed } })).toEqual({
    variant_id: "avocado",
    weight: { ...weight, source: "manual" },
    unit_cost: cost,
    cost_quantity: 1000,
  });
});

test("counted: a quantity and a cost per piece", () => {
  expect(toLine({ variant: crate, container: sack, entries: { ...noEntries, quantity: "4", cost: "2.5" } })).toEqual({
    variant_id: "crate",
    quantity: 4,
    unit_cost: "2.5",
    cost_quantity: 1,
  });
});

test("weighed in containers: which and how many; what they weigh is the edge's", () => {
  const entries = { ...noEntries, gross: "12.5", tare: "9", count: "2", cost: "1" };
  expect(toLine({ variant: avocado, container: sack, entries })).toEqual({
    variant_id: "avocado",
    weight: { gross: 12_500, containers: { container_id: "sack", count: 2 }, source: "manual" },
    unit_cost: "1",
    cost_quantity: 1000,
  });
  expect(netOf({ container: sack, entries })).toBe(12_000);
  expect(netOf({ entries })).toBe(3_500);
});

test.each([
  [{ gross: "1", cost: "1" }, "count"],
  [{ gross: "1", count: "0", cost: "1" }, "count"],
  [{ gross: "1", count: "1001", cost: "1" }, "count"],
  [{ gross: "1", count: "4", cost: "1" }, "containers"],
  [{ gross: "1", count: "3" }, "cost"],
  [{ count: "3", cost: "1" }, "gross"],
])("in containers, %j still lacks its %s", (typed, missing) => {
  expect(toLine({ variant: avocado, container: sack, entries: { ...noEntries, ...typed } })).toBe(missing);
});

test.each([
  [{ cost: "1" }, "gross"],
  [{ gross: "1", tare: "1", cost: "1" }, "tare"],
  [{ gross: "1", tare: "2", cost: "1" }, "tare"],
  [{ gross: "1" }, "cost"],
])("%j still lacks its %s", (typed, missing) => {
  expect(toLine({ variant: avocado, entries: { ...noEntries, ...typed } })).toBe(missing);
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
    { gross: "12.5", tare: "0.5", count: "", quantity: "", cost: "1.2" },
    { gross: "", tare: "", count: "", quantity: "3", cost: "" },
  ]);
  expect(lacking(draft)).toEqual({ name: "Crate", field: "cost" });
  expect(toLines(draft)).toEqual([]);
  const typed: Draft = { ...draft, lines: draft.lines.map((line) => ({ ...line, entries: { ...line.entries, cost: "0.625" } })) };
  expect(lacking(typed)).toBeNull();
  expect(toLines(typed)).toHaveLength(2);
  expect(lacking(emptyDraft())).toBeNull();
});

test("a correction offers the containers of its purchase as they were then, and the others as they are", () => {
  const of = { container_id: "sack", name: "Old sack", tare: 200, count: 3 };
  const line = { ...recorded.lines[0], gross: 12_600, tare: 600, containers: of };
  const draft = draftOf({ ...recorded, lines: [line, line] } as typeof recorded);
  expect(draft.lines[0]).toMatchObject({ container: { id: "sack", name: "Old sack", tare: 200 }, entries: { gross: "12.6", tare: "", count: "3" } });
  const box = { id: "box", name: "Box", tare: 900 };
  expect(choices(draft.corrects, [sack, box])).toEqual([{ id: "sack", name: "Old sack", tare: 200 }, box]);
  expect(choices(undefined, [sack, box])).toEqual([sack, box]);
});

test("a draft from before there were containers is read again", () => {
  const { count: _, ...entries } = { ...noEntries, gross: "1", cost: "2" };
  const text = JSON.stringify({ ...emptyDraft(), lines: [{ id: "1", variant: avocado, entries }] });
  expect(readDraft(text).lines[0]?.entries).toEqual({ ...noEntries, gross: "1", cost: "2" });
  for (const nothing of [null, "", "{}", '{"lines":3}']) expect(readDraft(nothing).lines).toEqual([]);
});
