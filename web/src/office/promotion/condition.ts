import { inside, isSame, kindOf, texts, type Base, type Json, type Measure } from "./document";
import { everything, goodsOf, selectorOf, type Goods } from "./goods";
import { given, typed, typedMoney, type Reader } from "./number";

/** A condition as it is typed on its card. */
export type When =
  | { kind: "member" | "voucher" }
  | { kind: "segment"; names: string[] }
  | { kind: "purchase"; number: string }
  | { kind: "birthday"; before: string; after: string }
  | { kind: "location"; ids: string[] }
  | { kind: "channel"; names: string[] }
  | { kind: "hours"; weekdays: number[]; from: string; until: string }
  | { kind: "dates"; from: string; until: string; grace: string }
  | { kind: "quantity"; goods: Goods; atLeast: string; atMost: string; measure: Measure }
  | { kind: "distinct"; goods: Goods; atLeast: string }
  | { kind: "amount"; goods: Goods; atLeast: string; atMost: string; base: Base }
  | { kind: "tender"; kinds: string[] }
  | { kind: "other"; json: Json };
export type WhenKind = When["kind"];

/** What a card can be, in the order in which it is offered. */
export const WHEN_KINDS = [
  "member",
  "segment",
  "purchase",
  "birthday",
  "location",
  "channel",
  "dates",
  "hours",
  "quantity",
  "amount",
  "distinct",
  "tender",
  "voucher",
] as const satisfies readonly WhenKind[];

export const emptyWhen = {
  member: () => ({ kind: "member" }),
  segment: () => ({ kind: "segment", names: [] }),
  purchase: () => ({ kind: "purchase", number: "1" }),
  birthday: () => ({ kind: "birthday", before: "3", after: "3" }),
  location: () => ({ kind: "location", ids: [] }),
  channel: () => ({ kind: "channel", names: ["till"] }),
  dates: () => ({ kind: "dates", from: "", until: "", grace: "" }),
  hours: () => ({ kind: "hours", weekdays: [], from: "00:00", until: "00:00" }),
  quantity: () => ({ kind: "quantity", goods: everything(), atLeast: "1", atMost: "", measure: "pieces" }),
  amount: () => ({ kind: "amount", goods: everything(), atLeast: "", atMost: "", base: "remaining" }),
  distinct: () => ({ kind: "distinct", goods: everything(), atLeast: "2" }),
  tender: () => ({ kind: "tender", kinds: ["card"] }),
  voucher: () => ({ kind: "voucher" }),
} satisfies Record<(typeof WHEN_KINDS)[number], () => When>;

const seconds = (time: string) => (time.length === 5 ? `${time}:00` : time);

/** The condition as the engine reads it; `field` is its place. */
export function conditionOf(when: When, field: string, read: Reader): Json {
  const named = (names: string[], name: string): Json => {
    if (names.length === 0) read.missing.set(field, "missing");
    return { [name]: names.toSorted() };
  };
  switch (when.kind) {
    case "member":
    case "voucher":
      return when.kind;
    case "segment":
    case "channel":
      return named(when.names, when.kind);
    case "location":
      return named(when.ids, when.kind);
    case "tender":
      return named(when.kinds, when.kind);
    case "purchase":
      return { purchase: read.count(when.number, field) };
    case "birthday":
      return { birthday: { before: read.count(when.before, `${field}.before`), after: read.count(when.after, `${field}.after`) } };
    case "hours":
      return { hours: { ...(when.weekdays.length > 0 && { weekdays: when.weekdays.toSorted((one, other) => one - other) }), from: seconds(when.from), until: seconds(when.until) } };
    case "dates":
      if (!when.from && !when.until) read.missing.set(field, "missing");
      return {
        dates: given({
          from: when.from ? seconds16(when.from) : undefined,
          until: when.until ? seconds16(when.until) : undefined,
          grace_minutes: read.someCount(when.grace, `${field}.grace_minutes`) ?? 0,
        }),
      };
    case "quantity":
      return { quantity: given({ of: selectorOf(when.goods), ...range(read.someCount, when, field, read), measure: when.measure }) };
    case "distinct":
      return { distinct: { of: selectorOf(when.goods), at_least: read.count(when.atLeast, `${field}.at_least`) } };
    case "amount":
      return { amount: given({ of: selectorOf(when.goods), ...range(read.someMoney, when, field, read), base: when.base }) };
    case "other":
      return when.json;
  }
}

/** `2026-11-23T18:00`, with its seconds. */
const seconds16 = (moment: string) => (moment.length === 16 ? `${moment}:00` : moment);

function range(value: Reader["someCount"], { atLeast, atMost }: { atLeast: string; atMost: string }, field: string, read: Reader) {
  if (!atLeast.trim() && !atMost.trim()) read.missing.set(`${field}.at_least`, "missing");
  return { at_least: value(atLeast, `${field}.at_least`), at_most: value(atMost, `${field}.at_most`) };
}

/** The card of a condition; what it cannot show whole is kept as it is. */
export function whenOf(json: Json, again: (when: When) => Json, exponent: number): When {
  const read = readWhen(json, exponent);
  return read && isSame(again(read), json) ? read : { kind: "other", json };
}

function readWhen(json: Json, exponent: number): When | undefined {
  const kind = kindOf(json);
  if (json === "member" || json === "voucher") return { kind: json };
  const list = typeof json === "object" && json !== null && !Array.isArray(json) ? json[kind] : undefined;
  const of = inside(json, kind);
  switch (kind) {
    case "segment":
    case "channel":
      return { kind, names: texts(list) };
    case "location":
      return { kind, ids: texts(list) };
    case "tender":
      return { kind, kinds: texts(list) };
    case "purchase":
      return { kind, number: typed(list) };
    default:
      return of && readParts(kind, of, exponent);
  }
}

/** A time without its seconds, when they are none. */
const minute = (time: string) => time.replace(/^(.*\d\d:\d\d):00$/, "$1");

function readParts(kind: string, of: { [name: string]: Json }, exponent: number): When | undefined {
  const goods = goodsOf(of["of"]);
  const text = (name: string) => (typeof of[name] === "string" ? of[name] : "");
  switch (kind) {
    case "birthday":
      return { kind, before: typed(of["before"]), after: typed(of["after"]) };
    case "hours":
      return { kind, weekdays: (Array.isArray(of["weekdays"]) ? of["weekdays"] : []).filter((day) => typeof day === "number"), from: minute(text("from")), until: minute(text("until")) };
    case "dates":
      return { kind, from: minute(text("from")), until: minute(text("until")), grace: of["grace_minutes"] ? typed(of["grace_minutes"]) : "" };
    case "quantity":
      return goods && { kind, goods, atLeast: typed(of["at_least"]), atMost: typed(of["at_most"]), measure: (text("measure") || "pieces") as Measure };
    case "distinct":
      return goods && { kind, goods, atLeast: typed(of["at_least"]) };
    case "amount":
      return goods && { kind, goods, atLeast: typedMoney(of["at_least"], exponent), atMost: typedMoney(of["at_most"], exponent), base: (text("base") || "remaining") as Base };
    default:
      return undefined;
  }
}
