import { expect, test } from "vitest";

import { bodyOf, draftOf, instantOf, localOf, missing } from "./draft";
import { KINDS, type Row } from "./kinds";

const TAX: Row = { id: "t", version: 3, name: "VAT", rate_bps: 825 };

test("what is there is typed and sent back as it was", () => {
  const { fields } = KINDS.taxes;
  expect(draftOf(fields, TAX)).toEqual({ name: "VAT", rate_bps: "8.25" });
  expect(bodyOf(fields, { name: " VAT ", rate_bps: "8,25" }, TAX)).toEqual({ version: 3, name: "VAT", rate_bps: 825 });
});

test("what is new has no version, and what is empty is nothing", () => {
  const { fields } = KINDS.priceLists;
  expect(bodyOf(fields, { ...draftOf(fields, undefined), name: "Tet", code: "tet" }, undefined)).toEqual({
    version: null,
    name: "Tet",
    code: "tet",
    priority: 10,
    tax_included: true,
    currency: null,
    valid_from: null,
    valid_until: null,
  });
});

test("seconds that the field does not show are kept", () => {
  const at = "2027-01-30T17:00:42Z";
  const row: Row = { id: "l", version: 1, name: "Tet", code: "tet", priority: 1, tax_included: true, valid_from: at };
  const { fields } = KINDS.priceLists;
  expect(bodyOf(fields, draftOf(fields, row), row)["valid_from"]).toBe(at);
  expect(instantOf(localOf(at))).toBe("2027-01-30T17:00:00.000Z");
});

test("a rate that is no number is missing", () => {
  const { fields } = KINDS.taxes;
  expect(missing(fields, { name: "VAT", rate_bps: "x" }).map(({ name }) => name)).toEqual(["rate_bps"]);
  expect(missing(fields, { name: "VAT", rate_bps: "7" })).toEqual([]);
});

test("a tare is sent as whole grams, and a word is none", () => {
  const { fields } = KINDS.containers;
  const typed = { ...draftOf(fields, undefined), name: "Crate", code: "K25", tare: "1800" };
  expect(bodyOf(fields, typed, undefined)).toEqual({ version: null, name: "Crate", code: "K25", tare: 1800, active: true });
  expect(missing(fields, { ...typed, tare: "heavy" }).map(({ name }) => name)).toEqual(["tare"]);
});
