import { inside, isRecord, isSame, kindOf, texts, type Base, type Json, type Measure, type Off, type Part, type Pick, type Target } from "./document";
import { everything, goodsOf, selectorOf, type Goods } from "./goods";
import { given, typed, typedMoney, typedPercent, type Reader } from "./number";

/** How much is taken off, as it is typed: nothing is left to pay, a percent, an amount, or a price that remains. */
export interface OffText {
  kind: "free" | "percent" | "amount" | "price";
  value: string;
}

export interface TargetText {
  goods: Goods;
  most: string;
  mostPerLine: string;
  pick: Pick;
}

export interface PartText {
  goods: Goods;
  count: string;
  pick: Pick;
  isDistinct: boolean;
}

export interface TierText {
  from: string;
  off: OffText;
}

/** What decides a tier: how many, how much of a measure, or how much money. */
export type TierBy = Measure | "amount";

export interface BundleText {
  kind: "bundle";
  parts: PartText[];
  on: "all" | "part" | "cheapest";
  /** The part that is reduced, from 0. */
  part: number;
  /** How many of the cheapest. */
  cheapest: string;
  off: OffText;
  times: string;
}

/** What a promotion gives, as it is typed on its card. */
export type Give =
  | { kind: "percent"; off: string; of: Base; target: TargetText }
  | { kind: "amount"; off: string; per: string; target: TargetText }
  | { kind: "price"; price: string; per: string; target: TargetText }
  | { kind: "tiers"; by: TierBy; steps: TierText[]; target: TargetText }
  | BundleText
  | { kind: "spread"; off: OffText; target: TargetText }
  | { kind: "gift"; variant: string; quantity: string }
  | { kind: "points"; earn: "fixed" | "per_unit" | "per_amount"; points: string; each: string; goods: Goods }
  | { kind: "shipping"; off: OffText; methods: string[]; isShared: boolean }
  | { kind: "other"; json: Json };
export type GiveKind = Give["kind"];

/** What a card of a bundle looks like: what people call it follows from its parts. */
export type Look = "cheapest" | "bxgy" | "forPrice" | "bundle";

/** What a card can be, in the order in which it is offered. */
export const GIVE_KINDS = ["percent", "amount", "price", "cheapest", "bxgy", "forPrice", "bundle", "tiers", "spread", "gift", "points", "shipping"] as const;
export type GiveOffer = (typeof GIVE_KINDS)[number];

const WHOLE = 10_000;

export const target = (goods: Goods = everything()): TargetText => ({ goods, most: "", mostPerLine: "", pick: "best" });
export const part = (count = "1", goods: Goods = everything(), pick: Pick = "best"): PartText => ({ goods, count, pick, isDistinct: false });
export const off = (kind: OffText["kind"], value = ""): OffText => ({ kind, value });
const bundle = (parts: PartText[], rest: Partial<BundleText>): BundleText => ({
  kind: "bundle",
  parts,
  on: "all",
  part: 0,
  cheapest: "1",
  off: off("percent"),
  times: "",
  ...rest,
});

export const emptyGive = {
  percent: () => ({ kind: "percent", off: "", of: "remaining", target: target() }),
  amount: () => ({ kind: "amount", off: "", per: "1", target: target() }),
  price: () => ({ kind: "price", price: "", per: "1", target: target() }),
  cheapest: () => bundle([part("3")], { on: "cheapest", off: off("free") }),
  bxgy: () => bundle([part("2"), part("1", everything(), "cheapest")], { on: "part", part: 1, off: off("free") }),
  forPrice: () => bundle([part("3")], { off: off("price") }),
  bundle: () => bundle([part(), part()], { off: off("price") }),
  tiers: () => ({ kind: "tiers", by: "pieces", steps: [{ from: "2", off: off("percent") }], target: target() }),
  spread: () => ({ kind: "spread", off: off("percent"), target: target() }),
  gift: () => ({ kind: "gift", variant: "", quantity: "1" }),
  points: () => ({ kind: "points", earn: "fixed", points: "", each: "", goods: everything() }),
  shipping: () => ({ kind: "shipping", off: off("free"), methods: [], isShared: false }),
} satisfies Record<GiveOffer, () => Give>;

const isWhole = ({ kind, value }: OffText) => kind === "free" || (kind === "percent" && Number(value) === 100);

/** Does it say that goods cost nothing? Gifts, shipping and points are not goods that somebody chose. */
export function isFree(give: Give): boolean {
  switch (give.kind) {
    case "percent":
      return Number(give.off) === 100;
    case "bundle":
    case "spread":
      return isWhole(give.off);
    case "tiers":
      return give.steps.some((step) => isWhole(step.off));
    default:
      return false;
  }
}

/** How the card of a bundle is shown. */
export function lookOf({ parts, on, part: rewarded, off: { kind } }: BundleText): Look {
  if (parts.length === 1 && on === "cheapest") return "cheapest";
  if (parts.length === 1 && on === "all" && kind === "price") return "forPrice";
  return parts.length === 2 && on === "part" && rewarded === 1 ? "bxgy" : "bundle";
}

const offOf = ({ kind, value }: OffText, field: string, read: Reader): Off => {
  if (kind === "free") return { percent: WHOLE };
  if (kind === "percent") return { percent: read.percent(value, field) };
  return kind === "amount" ? { amount: read.money(value, field) } : { price: read.money(value, field) };
};

const targetOf = ({ goods, most, mostPerLine, pick }: TargetText, field: string, read: Reader): Target => ({
  of: selectorOf(goods),
  ...given({ most: read.someCount(most, `${field}.most`), most_per_line: read.someCount(mostPerLine, `${field}.most_per_line`) }),
  pick,
});

const partOf = ({ goods, count, pick, isDistinct }: PartText, field: string, read: Reader): Part => ({
  of: selectorOf(goods),
  count: read.count(count, `${field}.count`),
  pick,
  ...(isDistinct && { is_distinct: true }),
});

const asJson = (value: object): Json => value as Json;

/** What it gives, as the engine reads it; `field` is its place. */
export function effectOf(give: Give, field: string, read: Reader): Json {
  switch (give.kind) {
    case "percent":
      return asJson({ percent: { off: read.percent(give.off, `${field}.off`), of: give.of, target: targetOf(give.target, `${field}.target`, read) } });
    case "amount":
    case "price": {
      const name = give.kind === "amount" ? "off" : "price";
      const value = read.money(give.kind === "amount" ? give.off : give.price, `${field}.${name}`);
      return asJson({ [give.kind]: { [name]: value, per: read.count(give.per, `${field}.per`), target: targetOf(give.target, `${field}.target`, read) } });
    }
    case "tiers":
      return asJson({
        tiers: {
          by: give.by === "amount" ? { amount: "remaining" } : { quantity: give.by },
          steps: give.steps.map((step, index) => ({
            from: (give.by === "amount" ? read.money : read.count)(step.from, `${field}.steps[${index}].from`),
            off: offOf(step.off, `${field}.steps[${index}].off`, read),
          })),
          target: targetOf(give.target, `${field}.target`, read),
        },
      });
    case "bundle":
      return bundleOf(give, field, read);
    case "spread":
      return asJson({ spread: { off: offOf(give.off, `${field}.off`, read), target: targetOf(give.target, `${field}.target`, read) } });
    case "gift":
      if (!give.variant) read.missing.set(`${field}.variant`, "missing");
      return { gift: { variant: give.variant, quantity: read.count(give.quantity, `${field}.quantity`) } };
    case "points":
      return { points: { earn: earnOf(give, field, read), of: asJson(selectorOf(give.goods) as object) } };
    case "shipping":
      return asJson({
        shipping: { off: offOf(give.off, `${field}.off`, read), ...(give.methods.length > 0 && { methods: give.methods.toSorted() }), ...(give.isShared && { is_shared: true }) },
      });
    case "other":
      return give.json;
  }
}

function bundleOf({ parts, on, part: rewarded, cheapest, off: taken, times }: BundleText, field: string, read: Reader): Json {
  const onWhat = { all: (): Json => "all", part: (): Json => ({ part: rewarded }), cheapest: (): Json => ({ cheapest: read.count(cheapest, `${field}.reward.on`) }) };
  return asJson({
    bundle: {
      parts: parts.map((one, index) => partOf(one, `${field}.parts[${index}]`, read)),
      reward: { on: onWhat[on](), off: offOf(taken, `${field}.reward.off`, read) },
      ...given({ times: read.someCount(times, `${field}.times`) }),
    },
  });
}

function earnOf({ earn, points, each }: Give & { kind: "points" }, field: string, read: Reader): Json {
  const count = read.count(points, `${field}.earn`);
  return earn === "per_amount" ? { per_amount: { points: count, each: read.money(each, `${field}.earn.each`) } } : { [earn]: count };
}

/** The card of what a promotion gives; what it cannot show whole is kept as it is. */
export function giveOf(json: Json, again: (give: Give) => Json, exponent: number): Give {
  const kind = kindOf(json);
  const of = inside(json, kind);
  const read = of && readGive(kind, of, exponent);
  return read && isSame(again(read), json) ? read : { kind: "other", json };
}

function offText(json: Json | undefined, exponent: number): OffText {
  if (!isRecord(json)) return off("percent");
  if (json["percent"] === WHOLE) return off("free");
  if (json["percent"] !== undefined) return off("percent", typedPercent(json["percent"]));
  return json["amount"] === undefined ? off("price", typedMoney(json["price"], exponent)) : off("amount", typedMoney(json["amount"], exponent));
}

function targetText(json: Json | undefined): TargetText | undefined {
  if (json === undefined) return target();
  const goods = isRecord(json) ? goodsOf(json["of"]) : undefined;
  if (!isRecord(json) || !goods) return undefined;
  return { goods, most: typed(json["most"]), mostPerLine: typed(json["most_per_line"]), pick: (json["pick"] ?? "best") as Pick };
}

function readGive(kind: string, of: { [name: string]: Json }, exponent: number): Give | undefined {
  const goods = targetText(of["target"]);
  const per = of["per"] === undefined ? "1" : typed(of["per"]);
  switch (kind) {
    case "percent":
      return goods && { kind, off: typedPercent(of["off"]), of: (of["of"] ?? "remaining") as Base, target: goods };
    case "amount":
      return goods && { kind, off: typedMoney(of["off"], exponent), per, target: goods };
    case "price":
      return goods && { kind, price: typedMoney(of["price"], exponent), per, target: goods };
    case "tiers":
      return goods && readTiers(of, goods, exponent);
    case "bundle":
      return readBundle(of, exponent);
    case "spread":
      return goods && { kind, off: offText(of["off"], exponent), target: goods };
    case "gift":
      return { kind, variant: String(of["variant"] ?? ""), quantity: of["quantity"] === undefined ? "1" : typed(of["quantity"]) };
    case "points":
      return readPoints(of, exponent);
    case "shipping":
      return { kind, off: offText(of["off"], exponent), methods: texts(of["methods"]), isShared: of["is_shared"] === true };
    default:
      return undefined;
  }
}

function readTiers(of: { [name: string]: Json }, goods: TargetText, exponent: number): Give {
  const by = isRecord(of["by"]) ? of["by"] : { quantity: "pieces" };
  const isMoney = by["amount"] !== undefined;
  const steps = (Array.isArray(of["steps"]) ? of["steps"] : []).filter(isRecord);
  return {
    kind: "tiers",
    by: isMoney ? "amount" : (by["quantity"] as Measure),
    steps: steps.map((step) => ({ from: isMoney ? typedMoney(step["from"], exponent) : typed(step["from"]), off: offText(step["off"], exponent) })),
    target: goods,
  };
}

function readBundle(of: { [name: string]: Json }, exponent: number): Give | undefined {
  const parts = (Array.isArray(of["parts"]) ? of["parts"] : []).map((one): PartText | undefined => {
    const goods = isRecord(one) ? goodsOf(one["of"]) : undefined;
    return goods && isRecord(one) ? { goods, count: typed(one["count"]), pick: (one["pick"] ?? "best") as Pick, isDistinct: one["is_distinct"] === true } : undefined;
  });
  const known = parts.filter((one) => one !== undefined);
  if (known.length < parts.length || !isRecord(of["reward"])) return undefined;
  const { on } = of["reward"];
  const rest = { off: offText(of["reward"]["off"], exponent), times: typed(of["times"]) };
  if (on === "all") return bundle(known, { ...rest, on });
  if (!isRecord(on)) return undefined;
  if (typeof on["part"] === "number") return bundle(known, { ...rest, on: "part", part: on["part"] });
  return bundle(known, { ...rest, on: "cheapest", cheapest: typed(on["cheapest"]) });
}

function readPoints(of: { [name: string]: Json }, exponent: number): Give | undefined {
  const goods = goodsOf(of["of"]);
  const earn = of["earn"];
  if (!goods || !isRecord(earn)) return undefined;
  const per = inside(earn, "per_amount");
  if (per) return { kind: "points", earn: "per_amount", points: typed(per["points"]), each: typedMoney(per["each"], exponent), goods };
  const name = earn["fixed"] === undefined ? "per_unit" : "fixed";
  return { kind: "points", earn: name, points: typed(earn[name]), each: "", goods };
}
