import type { BasketLine, Patron, RecalledBasket, ShownVoucher, Tender, Variant } from "../../api/edge";
import { newId } from "../../api/id";

/** What is being sold. The prices are the edge's (see `quote`); the basket only knows what and how many. */
export interface Basket {
  /** The id of the sale to come: made once, so that paying twice records once. */
  sale: string;
  lines: Line[];
  /** Who buys, when they have said so. */
  patron: Patron | null;
  /** The vouchers that they have shown. */
  vouchers: ShownVoucher[];
  /** When its first line came: a promotion that has ended since may have a time of grace. */
  begun: string | null;
  /** The line that was touched last, to show it. */
  touched: string | null;
  /** A payment whose answer never came; until it does, nothing may change. */
  attempt: { tenders: Tender[]; total_minor: number } | null;
}

/** What a line says beside what and how many: another price, a discount, or the word that lets it be. */
type Terms = Pick<BasketLine, "unit_price" | "price_reason" | "discount_minor" | "discount_bps" | "discount_reason" | "approval_id">;

export interface Line {
  /** The variant for a line at the list's price, which there is one of; a cheaper one has a key of its own. */
  key: string;
  variant: Pick<Variant, "id" | "name" | "unit" | "unit_price" | "price_quantity">;
  quantity: number;
  /** It is cheaper than the list's price, by these. */
  terms?: Terms;
  /** The list's price when the basket was parked, where it is another now. */
  before?: string;
}

export const emptyBasket = (sale: string = newId()): Basket => ({
  sale,
  lines: [],
  patron: null,
  vouchers: [],
  begun: null,
  touched: null,
  attempt: null,
});

/** Adds to the plain line of the variant, or a new line at the end: scanning again is one more, at the list's price. */
export function add(basket: Basket, variant: Line["variant"], quantity: number): Basket {
  const { id, name, unit, unit_price, price_quantity } = variant;
  const line = basket.lines.find(({ key }) => key === id);
  if (line) return setQuantity(basket, id, line.quantity + quantity);
  const added = { key: id, variant: { id, name, unit, unit_price, price_quantity }, quantity };
  return { ...basket, lines: [...basket.lines, added], touched: id };
}

/** Sets the quantity of a line; nothing or less removes it. A word counts for no more than was asked: what is more is at the list's price. */
export function setQuantity(basket: Basket, key: string, quantity: number): Basket {
  if (quantity <= 0) return remove(basket, key);
  const line = basket.lines.find((one) => one.key === key);
  if (line?.terms && quantity > line.quantity) return add(basket, line.variant, quantity - line.quantity);
  const lines = basket.lines.map((one) => (one.key === key ? { ...one, quantity } : one));
  return { ...basket, lines, touched: key };
}

export function remove(basket: Basket, key: string): Basket {
  return { ...basket, lines: basket.lines.filter((line) => line.key !== key), touched: null };
}

/** Keeps at most so much of a variant, the earliest lines first: what the till has no right to sell goes. */
export function keepAtMost(basket: Basket, variant: string, most: number): Basket {
  let left = most;
  const lines = basket.lines.flatMap((line) => {
    if (line.variant.id !== variant) return [line];
    const quantity = Math.min(line.quantity, left);
    left -= quantity;
    return quantity > 0 ? [{ ...line, quantity }] : [];
  });
  return { ...basket, lines, touched: null };
}

/** The line is cheaper by a word from now on: a line of its own, as the next scan is at the list's price again. */
export function makeCheaper(basket: Basket, key: string, approval_id: string): Basket {
  const lines = basket.lines.map((line) => (line.key === key ? { ...line, key: approval_id, terms: { approval_id } } : line));
  return { ...basket, lines, touched: approval_id };
}

/** Back to the list's price, and to the plain line of the variant when there is one. */
export function makePlain(basket: Basket, key: string): Basket {
  const line = basket.lines.find((one) => one.key === key);
  if (!line?.terms) return basket;
  const { terms: _, ...plain } = line;
  const other = basket.lines.find((one) => one.key === line.variant.id);
  if (other) return setQuantity(remove(basket, key), other.key, other.quantity + line.quantity);
  const lines = basket.lines.map((one) => (one.key === key ? { ...plain, key: line.variant.id } : one));
  return { ...basket, lines, touched: line.variant.id };
}

/** The line that keys mean: the one touched last, else the last. */
export const meant = (basket: Basket): Line | undefined => basket.lines.find(({ key }) => key === basket.touched) ?? basket.lines.at(-1);

/** A basket begins with its first line. */
export const begun = (basket: Basket, now: () => string = () => new Date().toISOString()): Basket =>
  basket.begun === null && basket.lines.length > 0 ? { ...basket, begun: now() } : basket;

/** A voucher counts once, however often it is shown. */
export const show = (basket: Basket, voucher: ShownVoucher): Basket => ({
  ...basket,
  vouchers: [...basket.vouchers.filter(({ voucher_id }) => voucher_id !== voucher.voucher_id), voucher],
});

export const takeBack = (basket: Basket, voucher: string): Basket => ({
  ...basket,
  vouchers: basket.vouchers.filter(({ voucher_id }) => voucher_id !== voucher),
});

/** Who buys, with which vouchers and since when, as the edge wants it: nothing when nothing was said. */
export const whose = ({ patron, vouchers, begun: begun_at }: Basket): { patron_id?: string; vouchers?: string[]; begun_at?: string } => ({
  ...(patron && { patron_id: patron.id }),
  ...(vouchers.length > 0 && { vouchers: vouchers.map(({ voucher_id }) => voucher_id) }),
  ...(begun_at !== null && { begun_at }),
});

/** One line as the edge wants it. */
export const toLine = ({ variant, quantity, terms }: Line): BasketLine => ({ variant_id: variant.id, quantity, ...terms });

/** The lines as the edge wants them. */
export const toLines = (basket: Basket): BasketLine[] => basket.lines.map(toLine);

/** A basket that waited: the same sale, at the prices of now. */
export function fromRecalled({ sale_id, lines, patron = null, vouchers, begun_at = null }: RecalledBasket): Basket {
  return { ...emptyBasket(sale_id), patron, vouchers, begun: begun_at, lines: lines.map(recalledLine) };
}

function recalledLine(line: RecalledBasket["lines"][number]): Line {
  const terms: Terms = {
    ...(line.approval_id && { approval_id: line.approval_id }),
    ...(line.unit_price && { unit_price: line.unit_price, price_reason: line.price_reason }),
    ...((line.discount_minor !== 0 || line.discount_bps !== null) && {
      discount_minor: line.discount_minor,
      discount_bps: line.discount_bps,
      discount_reason: line.discount_reason,
    }),
  };
  const isPlain = Object.keys(terms).length === 0;
  return {
    key: isPlain ? line.variant_id : (line.approval_id ?? newId()),
    variant: { id: line.variant_id, name: line.name, unit: line.unit, unit_price: line.list_price, price_quantity: line.price_quantity },
    quantity: line.quantity,
    ...(isPlain ? {} : { terms }),
    ...(line.list_price_before && { before: line.list_price_before }),
  };
}

const KEPT = "branchline.basket";

/** Keeps the basket on this device, so that a reload in the middle of a customer loses nothing. */
export function keep(register: string, basket: Basket): void {
  localStorage.setItem(`${KEPT}.${register}`, JSON.stringify(basket));
}

export function kept(register: string): Basket {
  try {
    const basket = JSON.parse(localStorage.getItem(`${KEPT}.${register}`) ?? "") as Basket;
    if (!Array.isArray(basket.lines) || typeof basket.sale !== "string") return emptyBasket();
    // Kept by an earlier version: every line was a plain one.
    const lines = basket.lines.map((line) => ({ ...line, key: (line as Partial<Line>).key ?? line.variant.id }));
    return { ...basket, patron: basket.patron ?? null, vouchers: basket.vouchers ?? [], begun: basket.begun ?? null, lines };
  } catch {
    return emptyBasket();
  }
}
