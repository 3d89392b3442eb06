import { conditionOf, whenOf, type When } from "./condition";
import { isRecord, isSame, type Document, type Json } from "./document";
import { effectOf, giveOf, type Give } from "./effect";
import { given, Reader, typed, typedMoney } from "./number";

/** A card on the page: its key stays while its place changes. */
export interface Card<T> {
  key: number;
  is: T;
}

export interface Combination {
  mode: "compounding" | "best_of" | "exclusive";
  group: string;
  priority: string;
  onlyUnreduced: boolean;
  belowCost: boolean;
  cap: string;
}

export interface Limits {
  uses: string;
  usesPerDay: string;
  usesPerCustomer: string;
  units: string;
  budget: string;
  short: "rest" | "nothing";
}

/** A promotion as it is typed. */
export interface Form {
  name: string;
  labels: Record<string, string>;
  when: Card<When>[];
  give: Card<Give>[];
  combination: Combination;
  limits: Limits;
  /** What the page cannot show: it is sent back as it came. */
  kept: { [name: string]: Json };
}

/** What stands in the way of a document: the field, by its place, and why. */
export type Missing = ReadonlyMap<string, "missing" | "number">;

const plainCombination = (): Combination => ({ mode: "compounding", group: "", priority: "0", onlyUnreduced: false, belowCost: false, cap: "" });
const noLimits = (): Limits => ({ uses: "", usesPerDay: "", usesPerCustomer: "", units: "", budget: "", short: "rest" });

let lastKey = 0;

/** A new card. */
export function card<T>(is: T): Card<T> {
  lastKey += 1;
  return { key: lastKey, is };
}

export const emptyForm = (): Form => ({ name: "", labels: {}, when: [], give: [], combination: plainCombination(), limits: noLimits(), kept: {} });

/** What the server adds and checks itself. */
const NOT_TYPED = ["format", "id", "version", "name", "labels", "when", "effects", "combination", "limits"];

/** A document as it is typed. `exponent` is the digits of the currency's minor unit. */
export function formOf(document: Document, exponent: number): Form {
  const again = { when: (when: When) => conditionOf(when, "", new Reader(exponent)), give: (give: Give) => effectOf(give, "", new Reader(exponent)) };
  const kept: { [name: string]: Json } = {};
  for (const [name, value] of Object.entries(document)) if (!NOT_TYPED.includes(name) && value !== undefined) kept[name] = value;
  const combination = combinationText(document.combination, exponent);
  const limits = limitsText(document.limits, exponent);
  if (!isSame(combinationOf(combination, new Reader(exponent)), document.combination ?? {})) kept["combination"] = document.combination ?? {};
  if (!isSame(limitsOf(limits, new Reader(exponent)), document.limits ?? {})) kept["limits"] = document.limits ?? {};
  return {
    name: document.name,
    labels: { ...document.labels },
    when: (document.when ?? []).map((json) => card(whenOf(json, again.when, exponent))),
    give: document.effects.map((json) => card(giveOf(json, again.give, exponent))),
    combination,
    limits,
    kept,
  };
}

/** The document that is sent, and what is missing in it. */
export function documentOf(form: Form, exponent: number): { document: Document; missing: Missing } {
  const read = new Reader(exponent);
  const labels = Object.entries(form.labels)
    .map(([language, text]) => [language, text.trim()] as const)
    .filter(([, text]) => text !== "");
  if (form.name.trim() === "") read.missing.set("name", "missing");
  if (form.give.length === 0) read.missing.set("effects", "missing");
  const document: Document = {
    name: form.name.trim(),
    labels: Object.fromEntries(labels),
    when: form.when.map(({ is }, index) => conditionOf(is, `when[${index}]`, read)),
    effects: form.give.map(({ is }, index) => effectOf(is, `effects[${index}]`, read)),
    combination: combinationOf(form.combination, read),
    limits: limitsOf(form.limits, read),
    ...form.kept,
  };
  return { document, missing: read.missing };
}

const GROUP = "best_of";

function combinationOf({ mode, group, priority, onlyUnreduced, belowCost, cap }: Combination, read: Reader): Json {
  if (mode === GROUP && group.trim() === "") read.missing.set("combination.mode", "missing");
  return given({
    mode: mode === GROUP ? { [GROUP]: group.trim() } : mode,
    priority: read.signed(priority, "combination.priority"),
    only_unreduced: onlyUnreduced || undefined,
    below_cost: belowCost || undefined,
    cap: read.someMoney(cap, "combination.cap"),
  }) as Json;
}

function combinationText(json: Json | undefined, exponent: number): Combination {
  if (!isRecord(json)) return plainCombination();
  const { mode } = json;
  const group = isRecord(mode) ? mode[GROUP] : undefined;
  return {
    mode: typeof group === "string" ? GROUP : mode === "exclusive" ? "exclusive" : "compounding",
    group: typeof group === "string" ? group : "",
    priority: typed(json["priority"]) || "0",
    onlyUnreduced: json["only_unreduced"] === true,
    belowCost: json["below_cost"] === true,
    cap: typedMoney(json["cap"], exponent),
  };
}

function limitsOf({ uses, usesPerDay, usesPerCustomer, units, budget, short }: Limits, read: Reader): Json {
  const parts = {
    uses: read.someCount(uses, "limits.uses"),
    uses_per_day: read.someCount(usesPerDay, "limits.uses_per_day"),
    uses_per_customer: read.someCount(usesPerCustomer, "limits.uses_per_customer"),
    units: read.someCount(units, "limits.units"),
    budget: read.someMoney(budget, "limits.budget"),
    short: short === "rest" ? undefined : short,
  };
  return given(parts) as Json;
}

function limitsText(json: Json | undefined, exponent: number): Limits {
  if (!isRecord(json)) return noLimits();
  return {
    uses: typed(json["uses"]),
    usesPerDay: typed(json["uses_per_day"]),
    usesPerCustomer: typed(json["uses_per_customer"]),
    units: typed(json["units"]),
    budget: typedMoney(json["budget"], exponent),
    short: json["short"] === "nothing" ? "nothing" : "rest",
  };
}

/** Whether somebody must be known for it, so that uses may be counted by customer. */
export const isForKnown = (form: Form): boolean => form.when.some(({ is: { kind } }) => ["member", "segment", "purchase", "birthday", "voucher"].includes(kind));
