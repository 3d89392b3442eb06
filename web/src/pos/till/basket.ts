import type { BasketLine, Tender, Variant } from "../../api/edge";
import { newId } from "../../api/id";

/** What is being sold. The prices are the edge's (see `quote`); the basket only knows what and how many. */
export interface Basket {
  /** The id of the sale to come: made once, so that paying twice records once. */
  sale: string;
  lines: Line[];
  /** The line that was touched last, to show it. */
  touched: string | null;
  /** A payment whose answer never came; until it does, nothing may change. */
  attempt: { tenders: Tender[]; total_minor: number } | null;
}

export interface Line {
  variant: Pick<Variant, "id" | "name" | "unit" | "unit_price" | "price_quantity">;
  quantity: number;
}

export const emptyBasket = (sale: string = newId()): Basket => ({ sale, lines: [], touched: null, attempt: null });

/** Adds to the line of the variant, or a new line at the end: scanning again is one more. */
export function add(basket: Basket, variant: Line["variant"], quantity: number): Basket {
  const { id, name, unit, unit_price, price_quantity } = variant;
  const line = basket.lines.find((existing) => existing.variant.id === id);
  if (line) return setQuantity(basket, id, line.quantity + quantity);
  const added = { variant: { id, name, unit, unit_price, price_quantity }, quantity };
  return { ...basket, lines: [...basket.lines, added], touched: id };
}

/** Sets the quantity of a line; nothing or less removes it. */
export function setQuantity(basket: Basket, variant: string, quantity: number): Basket {
  if (quantity <= 0) return remove(basket, variant);
  const lines = basket.lines.map((line) => (line.variant.id === variant ? { ...line, quantity } : line));
  return { ...basket, lines, touched: variant };
}

export function remove(basket: Basket, variant: string): Basket {
  return { ...basket, lines: basket.lines.filter((line) => line.variant.id !== variant), touched: null };
}

/** The lines as the edge wants them. */
export const toLines = (basket: Basket): BasketLine[] =>
  basket.lines.map(({ variant, quantity }) => ({ variant_id: variant.id, quantity }));

const KEPT = "branchline.basket";

/** Keeps the basket on this device, so that a reload in the middle of a customer loses nothing. */
export function keep(register: string, basket: Basket): void {
  localStorage.setItem(`${KEPT}.${register}`, JSON.stringify(basket));
}

export function kept(register: string): Basket {
  try {
    const basket = JSON.parse(localStorage.getItem(`${KEPT}.${register}`) ?? "") as Basket;
    return Array.isArray(basket.lines) && typeof basket.sale === "string" ? basket : emptyBasket();
  } catch {
    return emptyBasket();
  }
}
