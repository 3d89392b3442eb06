import { expect, test } from "vitest";

import { parseEntry, readAmount, toEntry, type PadKey, typeKey } from "./entry";

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

test.each([
  ["299.000", "vi", "299000"],
  ["1.299.000", "vi", "1299000"],
  ["1.299,5", "vi", "1299.5"],
  ["9,90", "vi", "9.90"],
  ["0.125", "vi", "0.125"],
  ["299,000", "en", "299000"],
  ["1,299.50", "th", "1299.50"],
  ["9,90", "en", "9.90"],
  ["9.90", "en", "9.90"],
  [" 299 000 ", "vi", "299000"],
  ["1,29,000", "en", "1.29,000"],
  ["a", "en", "a"],
  ["", "en", ""],
])("a price typed as %s in %s", (text, locale, read) => {
  expect(readAmount(text, locale)).toBe(read);
});
