import { expect, test } from "vitest";

import { formatAmount, formatCompact, formatDecimal } from "./amount";

const plain = (text: string) => text.replaceAll(/[\u00a0\u202f]/g, " ");

test.each([
  [1234, "EUR", 2, "en", "€12.34"],
  [1234, "JPY", 0, "en", "¥1,234"],
  [-5, "USD", 2, "en", "-$0.05"],
  [1_250_000, "VND", 0, "vi", "1.250.000 ₫"],
  [9950, "THB", 2, "th", "฿99.50"],
  [1234, "KWD", 3, "en", "KWD 1.234"],
])("%d minor units of %s with %d digits in %s", (minor, code, exponent, locale, shown) => {
  expect(plain(formatAmount(minor, { code, exponent }, locale))).toBe(shown);
});

test.each([
  ["3.50", 2, "$3.50"],
  ["3.5", 2, "$3.50"],
  ["0.0125", 2, "$0.0125"],
  ["12345678901234567.89", 2, "$12,345,678,901,234,567.89"],
])("the decimal %s", (major, exponent, shown) => {
  expect(formatDecimal(major, { code: "USD", exponent }, "en")).toBe(shown);
});

test("an axis is short", () => {
  expect(formatCompact(1_234_500, { code: "USD", exponent: 2 }, "en")).toBe("$12.3K");
});
