import type { Receipt, ReturnLine, SaleReturns } from "../../api/edge";

/** What comes back of one line of a sale. */
export interface Back {
  quantity: number;
  isDamaged: boolean;
}

/** By the place of the line. */
export type Basket = Record<number, Back>;

/** How much of each line can still come back. */
export function leftOf(receipt: Receipt, returns: SaleReturns): number[] {
  return receipt.lines.map(({ line, quantity }) => quantity - (returns.lines.find((one) => one.line === line)?.returned_quantity ?? 0));
}

/** One more or less of a line, within what there is. What is weighed comes back whole, unless somebody types how much. */
export function step(basket: Basket, line: number, by: number, left: number): Basket {
  const { quantity, isDamaged } = basket[line] ?? { quantity: 0, isDamaged: false };
  return put(basket, line, { quantity: Math.min(left, Math.max(0, quantity + by)), isDamaged });
}

export function put(basket: Basket, line: number, back: Back): Basket {
  const { [line]: _, ...others } = basket;
  return back.quantity === 0 ? others : { ...others, [line]: back };
}

/** Everything that can come back, in the condition that was said. */
export function everything(basket: Basket, left: number[]): Basket {
  return left.reduce((all, quantity, line) => (quantity > 0 ? put(all, line, { quantity, isDamaged: basket[line]?.isDamaged ?? false }) : all), basket);
}

/** As the edge is asked. */
export function toLines(basket: Basket): ReturnLine[] {
  return Object.entries(basket)
    .map(([line, { quantity, isDamaged }]): ReturnLine => ({ line: Number(line), quantity, condition: isDamaged ? "damaged" : "sellable" }))
    .toSorted((one, other) => one.line - other.line);
}

/** Whether a scanned code is the number of a receipt: register, epoch, counter. */
export const isReceiptNumber = (code: string) => /^[A-Za-z][A-Za-z0-9]*-\d+-\d{6,}$/.test(code.trim());
