import { isRecord, texts, type Json, type Selector } from "./document";

/** Ways to name goods. */
export const GOODS_KINDS = ["products", "variants", "categories", "brands", "tags"] as const;
export type GoodsKind = (typeof GOODS_KINDS)[number];

export type Named = Partial<Record<GoodsKind, string[]>>;

/** Goods as they are chosen: any of these, but none of those. Nothing named is everything. */
export interface Goods {
  any: Named;
  but: Named;
}

export const everything = (): Goods => ({ any: {}, but: {} });

export const isNamed = (named: Named): boolean => GOODS_KINDS.some((kind) => (named[kind] ?? []).length > 0);

const selectorsOf = (named: Named): Selector[] =>
  GOODS_KINDS.flatMap((kind): Selector[] => {
    const names = [...new Set(named[kind] ?? [])].toSorted();
    return names.length > 0 ? [{ [kind]: names } as Selector] : [];
  });

function oneOf(parts: Selector[]): Selector {
  const [first] = parts;
  if (first === undefined) return "all";
  return parts.length === 1 ? first : { any: parts };
}

/** The goods as the engine reads them. */
export function selectorOf({ any, but }: Goods): Selector {
  const wanted = oneOf(selectorsOf(any));
  if (!isNamed(but)) return wanted;
  const except: Selector = { except: oneOf(selectorsOf(but)) };
  return wanted === "all" ? except : { every: [wanted, except] };
}

/** One list of names, or a choice of several with one of each kind; none: it says more than can be chosen. */
function namedOf(selector: Json | undefined): Named | undefined {
  if (selector === undefined || selector === "all") return {};
  if (!isRecord(selector)) return undefined;
  const parts = Array.isArray(selector["any"]) ? selector["any"] : [selector];
  const named: Named = {};
  for (const part of parts) {
    const kind = GOODS_KINDS.find((name) => isRecord(part) && Array.isArray(part[name]));
    if (!kind || named[kind] || !isRecord(part)) return undefined;
    named[kind] = texts(part[kind]);
  }
  return named;
}

/** The goods as they are chosen; none: the selector says more than the page can. */
export function goodsOf(selector: Json | undefined): Goods | undefined {
  const plain = namedOf(selector);
  if (plain) return { any: plain, but: {} };
  if (!isRecord(selector)) return undefined;
  if (selector["except"] !== undefined) {
    const but = namedOf(selector["except"]);
    return but && isNamed(but) ? { any: {}, but } : undefined;
  }
  const [wanted, except, ...more] = Array.isArray(selector["every"]) ? selector["every"] : [];
  if (more.length > 0 || !isRecord(except) || except["except"] === undefined) return undefined;
  const any = namedOf(wanted);
  const but = namedOf(except["except"]);
  return any && but && isNamed(any) && isNamed(but) ? { any, but } : undefined;
}
