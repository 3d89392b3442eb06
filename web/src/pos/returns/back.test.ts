import { expect, test } from "vitest";

import { everything, isReceiptNumber, put, step, toLines } from "./back";

test("a line comes back within what is left of it", () => {
  let basket = step({}, 0, 1, 2);
  basket = step(basket, 0, 1, 2);
  basket = step(basket, 0, 1, 2);
  expect(basket).toEqual({ 0: { quantity: 2, isDamaged: false } });
  expect(step(step(basket, 0, -1, 2), 0, -5, 2)).toEqual({});
});

test("everything keeps the condition that was said", () => {
  const basket = put({}, 1, { quantity: 1, isDamaged: true });
  expect(toLines(everything(basket, [2, 3, 0]))).toEqual([
    { line: 0, quantity: 2, condition: "sellable" },
    { line: 1, quantity: 3, condition: "damaged" },
  ]);
});

test.each([
  ["T101-1-000001", true],
  ["t101-12-1000000", true],
  ["20000000001", false],
  ["W-1042", false],
  ["T101P-1-000002", true],
  ["SUMMER-5", false],
])("%s as the number of a receipt: %s", (code, expected) => {
  expect(isReceiptNumber(code)).toBe(expected);
});
