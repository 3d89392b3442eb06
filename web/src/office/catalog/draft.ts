import type { NewProduct, Product, ProductVariant } from "../../api/cloud";
import { newId } from "../../api/id";
import { pointOf, readAmount } from "../../format/entry";

/** How people count what is kept in base units. */
export const SOLD_BY = {
  piece: { unit: "piece", sold_by: null, per: 1 },
  kg: { unit: "gram", sold_by: "kg", per: 1000 },
  l: { unit: "millilitre", sold_by: "l", per: 1000 },
  m: { unit: "millimetre", sold_by: "m", per: 1000 },
} as const;
export type SoldBy = keyof typeof SOLD_BY;

/** A variant as it is typed. */
export interface VariantDraft {
  id: string;
  sku: string;
  /** Its own name; null: made of the product's and the choices. */
  name: string | null;
  options: string[];
  /** Codes with commas between them. */
  barcodes: string;
  /** Major units, in the standard list. */
  price: string;
  active: boolean;
  isNew: boolean;
}

export interface OptionDraft {
  name: string;
  /** With commas between them. */
  choices: string;
}

/** A product as it is typed. */
export interface Draft {
  name: string;
  description: string;
  category: string;
  tax: string;
  soldBy: SoldBy;
  tags: string;
  options: OptionDraft[];
  variants: VariantDraft[];
}

/** The parts of a text with commas between them. */
export const partsOf = (text: string): string[] =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);

const priceIn = (variant: ProductVariant, list: string | undefined, now: string) =>
  (variant.prices ?? []).find(({ price_list_id, valid_from }) => price_list_id === list && (!valid_from || valid_from <= now));

/** The unit in which its price is said. */
const soldByOf = ({ unit }: { unit: string }): SoldBy =>
  (Object.keys(SOLD_BY) as SoldBy[]).find((name) => SOLD_BY[name].unit === unit) ?? "piece";

export function emptyVariant(options: string[] = [], sku = ""): VariantDraft {
  return { id: newId(), sku, name: null, options, barcodes: "", price: "", active: true, isNew: true };
}

export const emptyDraft = (): Draft => ({
  name: "",
  description: "",
  category: "",
  tax: "",
  soldBy: "piece",
  tags: "",
  options: [],
  variants: [emptyVariant()],
});

/** How prices are written: the digits of the currency, and the language that says where the comma stands. */
export interface Writing {
  digits: number;
  locale: string;
}

/** `103.5` as people write a price of a currency with two digits: `103.50`, in Vietnamese `103,50`. */
function written(amount: string, { digits, locale }: Writing): string {
  const [whole = "", fraction = ""] = amount.split(".");
  const shown = amount === "" ? "" : fraction.padEnd(digits, "0");
  return shown === "" ? whole : `${whole}${pointOf(locale)}${shown}`;
}

/** Variants as their matrix has them: by the first option's choices in their order, then by the second's. */
export function inOrder(product: Pick<Product, "options" | "variants">): Product["variants"] {
  const places = product.variants.map((variant) =>
    (variant.options ?? []).map((choice, at) => {
      const place = product.options?.[at]?.choices.indexOf(choice) ?? -1;
      return place < 0 ? Number.MAX_SAFE_INTEGER : place;
    }),
  );
  const order = product.variants.map((_, at) => at);
  order.sort((one, other) => {
    const [left = [], right = []] = [places[one], places[other]];
    const at = left.findIndex((place, option) => place !== right[option]);
    return at < 0 ? 0 : (left[at] ?? 0) - (right[at] ?? 0);
  });
  return order.flatMap((at) => product.variants[at] ?? []);
}

/** What is there, as it is typed. */
export function draftOf(product: Product, list: string | undefined, now: string, writing: Writing): Draft {
  const first = product.variants[0];
  return {
    name: product.name,
    description: product.description ?? "",
    category: product.category_id ?? "",
    tax: first?.tax_id ?? "",
    soldBy: first ? soldByOf(first) : "piece",
    tags: (product.tags ?? []).join(", "),
    options: (product.options ?? []).map(({ name, choices }) => ({ name, choices: choices.join(", ") })),
    variants: inOrder(product).map((variant) => ({
      id: variant.id,
      sku: variant.sku,
      name: variant.name === [product.name, ...(variant.options ?? [])].join(", ") ? null : (variant.name ?? null),
      options: variant.options ?? [],
      barcodes: (variant.barcodes ?? []).map(({ code }) => code).join(", "),
      price: written(priceIn(variant, list, now)?.amount ?? "", writing),
      active: variant.active,
      isNew: false,
    })),
  };
}

/** What is sent. What the page does not show stays as it is. */
export function bodyOf(draft: Draft, before: Product | undefined): NewProduct {
  const { unit, sold_by } = SOLD_BY[draft.soldBy];
  const known = new Map((before?.variants ?? []).map((variant) => [variant.id, variant]));
  return {
    version: before?.version ?? null,
    name: draft.name.trim(),
    description: draft.description,
    category_id: draft.category || null,
    brand_id: before?.brand_id ?? null,
    tags: partsOf(draft.tags),
    options: draft.options.map(({ name, choices }) => ({ name: name.trim(), choices: partsOf(choices) })),
    variants: draft.variants.map((variant) => {
      const kept = known.get(variant.id);
      const quantities = new Map((kept?.barcodes ?? []).map(({ code, quantity }) => [code, quantity]));
      return {
        id: variant.id,
        sku: variant.sku.trim(),
        name: variant.name,
        options: variant.options,
        unit: kept?.unit ?? unit,
        sold_by: kept ? (kept.sold_by ?? null) : sold_by,
        tax_id: draft.tax || null,
        active: variant.active,
        barcodes: partsOf(variant.barcodes).map((code) => ({ code, quantity: quantities.get(code) ?? 1 })),
        suppliers: kept?.suppliers ?? [],
      };
    }),
  };
}

const plain = (amount: string) => (amount.includes(".") ? amount.replace(/\.?0+$/, "") : amount);

/** The prices that are others now. An empty one takes the price away. */
export function pricesOf(draft: Draft, before: Product | undefined, list: string | undefined, now: string, { locale }: Writing) {
  const known = new Map((before?.variants ?? []).map((variant) => [variant.id, priceIn(variant, list, now)]));
  return draft.variants.flatMap(({ id, price }) => {
    const kept = known.get(id);
    const amount = readAmount(price, locale);
    if (plain(amount) === plain(kept?.amount ?? "")) return [];
    return [{ variant_id: id, amount: amount || null, per_quantity: kept?.per_quantity ?? SOLD_BY[draft.soldBy].per }];
  });
}

const key = (options: string[]) => options.join("\u001f");

/** The cells of a new matrix; a variant that has its choices already is kept, and those that have none any more are retired. */
export function withCells(variants: VariantDraft[], cells: { options: string[]; sku: string }[]): VariantDraft[] {
  const known = new Map(variants.map((variant) => [key(variant.options), variant]));
  const wanted = new Set(cells.map(({ options }) => key(options)));
  const kept = variants.filter((variant) => !variant.isNew && !wanted.has(key(variant.options))).map((variant) => ({ ...variant, active: false }));
  return [...cells.map(({ options, sku }) => known.get(key(options)) ?? emptyVariant(options, sku)), ...kept];
}
