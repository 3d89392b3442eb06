import { readFile } from "node:fs/promises";

import { expect, test } from "vitest";

import { formatAmount, formatDecimal } from "./amount";
import { formatQuantity } from "./quantity";
import { formatDate, formatInstant } from "./when";

const EXPONENTS: Record<string, number> = { EUR: 2, GBP: 2, JPY: 0, KWD: 3, SGD: 2, THB: 2, USD: 2, VND: 0 };

function shown(locale: string, what: string, value: string): string | null {
  const exponent = EXPONENTS[what];
  if (exponent !== undefined) {
    const currency = { code: what, exponent };
    return value.includes(".") ? formatDecimal(value, currency, locale) : formatAmount(Number(value), currency, locale);
  }
  if (what === "instant") return formatInstant(value, locale, "Asia/Bangkok");
  if (what === "date") return formatDate(value, locale);
  return what === "percent" ? null : formatQuantity(Number(value), what, locale);
}

/** Paper is made by the branch computer, without Intl: one table holds both to the same. */
test("pages show what paper shows", async () => {
  const text = await readFile(new URL("../../../crates/paper/tests/it/shown.txt", import.meta.url), "utf8");
  const examples = text.split("\n").filter((line) => line && !line.startsWith("#"));
  const wrong = examples.filter((line) => {
    const [locale = "", what = "", value = "", expected = ""] = line.split("\t");
    const now = shown(locale, what, value);
    return now !== null && now !== expected;
  });
  expect(examples.length).toBeGreaterThan(100);
  expect(wrong).toEqual([]);
});
