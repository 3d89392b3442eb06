import { expect, test } from "vitest";

import { parseEntry, toEntry, typeKey, type PadKey } from "./entry";

const typed = (keys: string, digits: number) =>
  keys.split(" ").reduce((entry, key) => typeKey(entry, key as PadKey, digits), "");

test.each<[string, number, string]>([
  ["2 0", 2, "20"],
  ["0 0 5", 2, "5"],
  [". 5", 2, "0.5"],
  ["1 . 2 3 4", 2, "1.23"],
  ["1 . . 2", 2, "1.2"],
  ["1 . 5", 0, "15"],
  ["5 0 000", 0, "50000"],
  ["1 2 delete", 2, "1"],
  ["1 2 clear", 2, ""],
  ["1 1 1 1 1 1 1 1 1 1 1 1", 0, "1111111111"],
])("keys %s with %d digits", (keys, digits, entry) => {
  expect(typed(keys, digits)).toBe(entry);
});

test.each<[string, number, number | null]>([
  ["20", 2, 2000],
  ["20.5", 2, 2050],
  ["20,5", 2, 2050],
  ["0.", 2, 0],
  ["", 2, null],
  [".", 2, null],
  ["1.234", 2, null],
  ["-1", 2, null],
])("%j with %d digits is %s", (entry, digits, value) => {
  expect(parseEntry(entry, digits)).toBe(value);
});

test.each([
  [2050, 2, "20.5"],
  [5, 2, "0.05"],
  [50_000, 0, "50000"],
])("%d with %d digits is typed %s", (value, digits, entry) => {
  expect(toEntry(value, digits)).toBe(entry);
});
