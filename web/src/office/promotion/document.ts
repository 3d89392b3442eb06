/** The document of a promotion, as the engine reads it (`retail::promotion::Draft`). Money is in minor units, a percent in hundredths. */

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

export type Selector =
  | "all"
  | { products: string[] }
  | { variants: string[] }
  | { categories: string[] }
  | { brands: string[] }
  | { tags: string[] }
  | { any: Selector[] }
  | { every: Selector[] }
  | { except: Selector };

export type Measure = "pieces" | "grams" | "millilitres" | "millimetres";
export type Base = "remaining" | "list";
export type Pick = "best" | "cheapest" | "dearest";

export type Off = { percent: number } | { amount: number } | { price: number };

export interface Target {
  of: Selector;
  most?: number;
  most_per_line?: number;
  pick: Pick;
}

export interface Part {
  of: Selector;
  count: number;
  pick: Pick;
  is_distinct?: boolean;
}

/** What a document says, as JSON: parts that the pages do not know are kept as they are. */
export interface Document {
  name: string;
  labels?: Record<string, string>;
  when?: Json[];
  effects: Json[];
  combination?: Json;
  limits?: Json;
  [other: string]: Json | undefined;
}

/** What is left out of a document, or stands there as what it is by default. */
const DEFAULTS: Record<string, readonly string[]> = {
  of: ['"all"', '"remaining"'],
  measure: ['"pieces"'],
  base: ['"remaining"'],
  pick: ['"best"'],
  by: ['{"quantity":"pieces"}'],
  mode: ['"compounding"'],
  short: ['"rest"'],
  per: ["1"],
  quantity: ["1"],
  priority: ["0"],
  grace_minutes: ["0"],
  target: ["{}"],
  weekdays: ["[]"],
  methods: ["[]"],
  is_distinct: ["false"],
  is_shared: ["false"],
  only_unreduced: ["false"],
  below_cost: ["false"],
};

/** One form of a value: names in order, without what is so by default. Lists of names and ids are sets. */
export function canonical(value: Json | undefined): string {
  if (value === undefined) return "null";
  if (Array.isArray(value)) {
    const parts = value.map(canonical);
    const isSet = value.every((part) => typeof part === "string" || typeof part === "number");
    return `[${(isSet ? [...new Set(parts)].toSorted() : parts).join(",")}]`;
  }
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value)
    .filter(([, part]) => part !== null)
    .map(([name, part]): [string, string] => [name, canonical(part)])
    .filter(([name, part]) => !DEFAULTS[name]?.includes(part))
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
  return `{${entries.map(([name, part]) => `${JSON.stringify(name)}:${part}`).join(",")}}`;
}

/** Whether two values say the same. */
export const isSame = (one: Json | undefined, other: Json | undefined): boolean => canonical(one) === canonical(other);

/** Whether it is an object with this one name, as a kind of condition or effect is. */
export function inside(value: Json | undefined, name: string): { [name: string]: Json } | undefined {
  if (!isRecord(value)) return undefined;
  const found = value[name];
  return isRecord(found) ? found : undefined;
}

export const isRecord = (value: Json | undefined): value is { [name: string]: Json } => typeof value === "object" && value !== null && !Array.isArray(value);

/** The name of its kind: of a condition or effect that is a word, or an object with one name. */
export const kindOf = (value: Json): string => (isRecord(value) ? (Object.keys(value)[0] ?? "") : String(value));

export const texts = (value: Json | undefined): string[] => (Array.isArray(value) ? value.filter((part) => typeof part === "string") : []);
