import { expect, test } from "vitest";

import { add, begun, emptyBasket, fromRecalled, keepAtMost, makeCheaper, makePlain, meant, remove, setQuantity, show, takeBack, toLines, whose, type Basket } from "./basket";

const cola = { id: "cola", name: "Cola", unit: "piece", unit_price: "1.50", price_quantity: 1 } as const;
const rice = { id: "rice", name: "Rice", unit: "gram", unit_price: "2.10", price_quantity: 1000 } as const;

const shown = (basket: Basket) => basket.lines.map((line) => `${line.variant.id} ${line.quantity}`).join(", ");

test("scanning again is one more of the same line", () => {
  const basket = add(add(add(emptyBasket(), cola, 1), rice, 500), cola, 1);
  expect(shown(basket)).toBe("cola 2, rice 500");
  expect(basket.touched).toBe("cola");
});

test("a quantity of nothing removes the line", () => {
  const basket = add(add(emptyBasket(), cola, 1), rice, 500);
  expect(shown(setQuantity(basket, "cola", 0))).toBe("rice 500");
  expect(shown(remove(basket, "rice"))).toBe("cola 1");
});

test("the sale keeps its id whatever happens to the lines", () => {
  const basket = emptyBasket("sale-1");
  expect(remove(add(basket, cola, 3), "cola").sale).toBe("sale-1");
});

test("the customer stays whatever happens to the lines", () => {
  const patron = { id: "lan", name: "N. T. Lan", phone_tail: "567" };
  const basket: Basket = { ...add(add(emptyBasket(), cola, 3), rice, 500), patron };
  for (const changed of [remove(basket, "cola"), setQuantity(basket, "cola", 1), keepAtMost(basket, "rice", 0), makeCheaper(basket, "cola", "word")]) {
    expect(whose(changed)).toEqual({ patron_id: "lan" });
  }
  expect(whose(emptyBasket())).toEqual({});
});

test("the edge gets what and how many, never a price", () => {
  expect(toLines(add(emptyBasket(), rice, 750))).toEqual([{ variant_id: "rice", quantity: 750 }]);
});

test("what is cheaper is a line of its own, and the next scan is at the list's price", () => {
  const cheaper = makeCheaper(add(emptyBasket(), cola, 2), "cola", "word");
  expect(toLines(add(cheaper, cola, 1))).toEqual([
    { variant_id: "cola", quantity: 2, approval_id: "word" },
    { variant_id: "cola", quantity: 1 },
  ]);
  // The word counts for two: the third is at the list's price.
  expect(toLines(setQuantity(cheaper, "word", 3))).toEqual([
    { variant_id: "cola", quantity: 2, approval_id: "word" },
    { variant_id: "cola", quantity: 1 },
  ]);
  expect(shown(setQuantity(cheaper, "word", 1))).toBe("cola 1");
  expect(toLines(makePlain(add(cheaper, cola, 1), "word"))).toEqual([{ variant_id: "cola", quantity: 3 }]);
  expect(toLines(makePlain(cheaper, "word"))).toEqual([{ variant_id: "cola", quantity: 2 }]);
});

test("what the till has no right to sell goes, the latest lines first", () => {
  const basket = add(add(makeCheaper(add(emptyBasket(), cola, 2), "cola", "word"), rice, 500), cola, 3);
  expect(shown(keepAtMost(basket, "cola", 3))).toBe("cola 2, rice 500, cola 1");
  expect(shown(keepAtMost(basket, "cola", 0))).toBe("rice 500");
});

test("keys mean the line touched last, else the last", () => {
  const basket = add(add(emptyBasket(), cola, 1), rice, 500);
  expect(meant(basket)?.key).toBe("rice");
  expect(meant(setQuantity(basket, "cola", 2))?.key).toBe("cola");
  expect(meant(remove(basket, "rice"))?.key).toBe("cola");
  expect(meant(emptyBasket())).toBeUndefined();
});

test("a basket that waited is the same sale, with its words and what its prices were", () => {
  const line = { name: "Cola", unit: "piece", quantity: 1, list_price: "1.60", price_quantity: 1, unit_price: null, price_reason: null, discount_minor: 0, discount_bps: null, discount_reason: null } as const;
  const basket = fromRecalled({
    id: "parked",
    sale_id: "sale-1",
    name: "",
    vouchers: [{ voucher_id: "v", promotion_id: "p", name: "Spring", labels: {} }],
    begun_at: "2026-11-22T14:00:00Z",
    total_before_minor: 310,
    total_minor: 320,
    lines: [
      { ...line, variant_id: "cola", approval_id: "word", changed: "price", list_price_before: "1.50" },
      { ...line, variant_id: "cola", approval_id: null, changed: null, list_price_before: null },
    ],
  });
  expect(basket.sale).toBe("sale-1");
  expect(whose(basket)).toEqual({ vouchers: ["v"], begun_at: "2026-11-22T14:00:00Z" });
  expect(toLines(basket)).toEqual([
    { variant_id: "cola", quantity: 1, approval_id: "word" },
    { variant_id: "cola", quantity: 1 },
  ]);
  expect(basket.lines.map(({ key, before }) => [key, before])).toEqual([
    ["word", "1.50"],
    ["cola", undefined],
  ]);
});

const voucher = { voucher_id: "v", promotion_id: "p", name: "Spring", labels: {} };

test("a voucher counts once, and is taken back", () => {
  const once = show(show(emptyBasket(), voucher), voucher);
  expect(whose(once)).toEqual({ vouchers: ["v"] });
  expect(whose(takeBack(once, "v"))).toEqual({});
});

test("a basket begins with its first line and stays begun", () => {
  expect(begun(emptyBasket(), () => "now").begun).toBeNull();
  const first = begun(add(emptyBasket(), cola, 1), () => "now");
  expect(whose(begun(add(first, rice, 100), () => "later"))).toEqual({ begun_at: "now" });
});
