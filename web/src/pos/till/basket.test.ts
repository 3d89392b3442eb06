import { expect, test } from "vitest";

import { add, emptyBasket, remove, setQuantity, toLines, type Basket } from "./basket";

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

test("the edge gets what and how many, never a price", () => {
  expect(toLines(add(emptyBasket(), rice, 750))).toEqual([{ variant_id: "rice", quantity: 750 }]);
});
