import type { TFunction } from "i18next";

import { formatAmount, type Currency } from "../../format/amount";
import { parseEntry } from "../../format/entry";
import { formatDate } from "../../format/when";
import type { Language } from "../../i18n";
import type { When } from "./condition";
import { kindOf } from "./document";
import type { Form } from "./draft";
import { lookOf, type BundleText, type OffText, type PartText, type TargetText, type Give } from "./effect";
import { GOODS_KINDS, isNamed, type Goods, type GoodsKind, type Named } from "./goods";

/** What a sentence is made with. */
export interface Words {
  t: TFunction<"office">;
  locale: Language;
  currency: Currency;
  /** What people call goods, a place or a variant; none: it is not known yet. */
  name: (kind: GoodsKind | "location", id: string) => string | undefined;
}

/** Stands where nothing is typed yet. */
const OPEN = "…";
/** Names that a sentence says; of more it says how many. */
const MOST_NAMES = 3;
const MONDAY = Date.UTC(2024, 0, 1);
const DAY_MS = 86_400_000;

/** A promotion in plain sentences: what it gives, when, and how far. */
export function sentencesOf(form: Form, words: Words): string[] {
  return [
    ...form.give.map(({ is }) => sayGive(is, words)),
    ...form.when.map(({ is }) => sayWhen(is, words)),
    ...sayCombination(form, words),
    ...sayLimits(form, words),
    ...(Object.keys(form.kept).length > 0 ? [words.t("promotion.say.kept", { what: Object.keys(form.kept).join(", ") })] : []),
  ];
}

export const sayMoney = (text: string, { currency, locale }: Words): string => {
  const minor = parseEntry(text, currency.exponent);
  return minor === null ? OPEN : formatAmount(minor, currency, locale);
};

const sayPercent = (text: string, { locale }: Words): string => {
  const value = parseEntry(text, 2);
  return value === null ? OPEN : new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 2 }).format(value / 10_000);
};

/** A number as it is read, and as a plural goes by. */
const sayCount = (text: string, { locale }: Words) => {
  const count = parseEntry(text, 0);
  return { count: count ?? 2, number: count === null ? OPEN : new Intl.NumberFormat(locale).format(count) };
};

const sayList = (parts: string[], { locale }: Words, type: "conjunction" | "disjunction" = "conjunction") => new Intl.ListFormat(locale, { type }).format(parts);

/** Names, of many the first ones and how many more. */
function sayNames(names: string[], words: Words, type: "conjunction" | "disjunction" = "conjunction"): string {
  if (names.length === 0) return OPEN;
  if (names.length <= MOST_NAMES + 1) return sayList(names, words, type);
  return words.t("promotion.say.more", { names: names.slice(0, MOST_NAMES).join(", "), count: names.length - MOST_NAMES });
}

const NAMED = { products: "products", variants: "variants", categories: "categories", brands: "brands", tags: "tags" } as const;

function sayNamed(named: Named, words: Words): string {
  const parts = GOODS_KINDS.flatMap((kind) => {
    const ids = named[kind] ?? [];
    if (ids.length === 0) return [];
    const known = ids.map((id) => words.name(kind, id)).filter((name) => name !== undefined);
    // Of a long list only the first names are looked up.
    const names = known.length < ids.length ? known.slice(0, MOST_NAMES) : known;
    const rest = ids.length - names.length;
    const said = rest > 0 ? sayRest(names, rest, kind, words) : sayNames(names, words, "disjunction");
    return [words.t(`promotion.say.goods.${NAMED[kind]}`, { names: said })];
  });
  return sayList(parts, words, "disjunction");
}

const sayRest = (names: string[], count: number, kind: GoodsKind, words: Words) =>
  names.length === 0 ? words.t(`promotion.say.some.${NAMED[kind]}`, { count }) : words.t("promotion.say.more", { names: names.join(", "), count });

/** Goods as one says them in a sentence. */
export function sayGoods({ any, but }: Goods, words: Words): string {
  const wanted = isNamed(any) ? sayNamed(any, words) : words.t("promotion.say.goods.all");
  return isNamed(but) ? words.t("promotion.say.goods.but", { wanted, but: sayNamed(but, words) }) : wanted;
}

const saySome = (count: string, goods: Goods, words: Words) => words.t("promotion.say.some.of", { ...sayCount(count, words), goods: sayGoods(goods, words) });

/** What is taken off, after what it is taken off from: "free", "at 20% off", "for 5.00". */
function sayOff({ kind, value }: OffText, words: Words): string {
  const said = kind === "percent" ? sayPercent(value, words) : kind === "free" ? "" : sayMoney(value, words);
  return words.t(`promotion.say.off.${kind}`, { value: said });
}

/** A sentence, with what narrows it to some units behind it. */
function withTarget(sentence: string, { most, mostPerLine, pick }: TargetText, words: Words): string {
  const { t } = words;
  return [
    sentence,
    ...(most.trim() ? [t("promotion.say.most", sayCount(most, words))] : []),
    ...(mostPerLine.trim() ? [t("promotion.say.mostPerLine", sayCount(mostPerLine, words))] : []),
    ...(pick === "best" ? [] : [t(`promotion.say.pick.${pick}`)]),
  ].join(" ");
}

/** One effect in a sentence. */
export function sayGive(give: Give, words: Words): string {
  const { t } = words;
  switch (give.kind) {
    case "percent": {
      const sentence = t(give.of === "list" ? "promotion.say.percentOfList" : "promotion.say.percent", { off: sayPercent(give.off, words), goods: sayGoods(give.target.goods, words) });
      return withTarget(sentence, give.target, words);
    }
    case "amount":
    case "price": {
      const figures = { value: sayMoney(give.kind === "amount" ? give.off : give.price, words), goods: sayGoods(give.target.goods, words), per: sayCount(give.per, words).number };
      return withTarget(t(give.per.trim() === "1" ? `promotion.say.${give.kind}` : `promotion.say.${give.kind}Per`, figures), give.target, words);
    }
    case "tiers":
      return sayTiers(give, words);
    case "bundle":
      return sayBundle(give, words);
    case "spread": {
      const isAll = !isNamed(give.target.goods.any) && !isNamed(give.target.goods.but);
      const figures = { off: sayOff(give.off, words), goods: sayGoods(give.target.goods, words) };
      return withTarget(t(isAll ? "promotion.say.spread" : "promotion.say.spreadOver", figures), give.target, words);
    }
    case "gift":
      return t("promotion.say.gift", { ...sayCount(give.quantity, words), product: (give.variant && words.name("variants", give.variant)) || OPEN });
    case "points":
      return t(`promotion.say.points.${give.earn}`, { ...sayCount(give.points, words), each: sayMoney(give.each, words), goods: sayGoods(give.goods, words) });
    case "shipping": {
      const methods = give.methods.length > 0 ? t("promotion.say.methods", { names: sayList(give.methods, words) }) : "";
      return [t("promotion.say.shipping", { off: sayOff(give.off, words) }), methods].filter(Boolean).join(" ");
    }
    case "other":
      return t("promotion.say.other", { what: kindOf(give.json) });
  }
}

function sayTiers({ by, steps, target }: Give & { kind: "tiers" }, words: Words): string {
  const tiers = steps.map(({ from, off }) => {
    const figures = { from: by === "amount" ? sayMoney(from, words) : sayCount(from, words).number, off: sayOff(off, words) };
    return words.t(by === "pieces" || by === "amount" ? "promotion.say.tier" : `promotion.say.tierOf.${by}`, figures);
  });
  return withTarget(words.t("promotion.say.tiers", { goods: sayGoods(target.goods, words), tiers: tiers.join("; ") }), target, words);
}

function sayReward({ goods, count, pick }: PartText, words: Words): string {
  const figures = { ...sayCount(count, words), goods: sayGoods(goods, words) };
  return words.t(pick === "best" ? "promotion.say.some.of" : `promotion.say.reward.${pick}`, figures);
}

function sayBundle(bundle: BundleText, words: Words): string {
  const { t } = words;
  const { parts, on, part, cheapest, off, times } = bundle;
  const needs = sayList(parts.map(({ goods, count }) => saySome(count, goods, words)), words);
  const sentence = () => {
    const [first, second] = parts;
    const look = lookOf(bundle);
    if (look === "cheapest" && first) {
      return t("promotion.say.cheapest", { number: sayCount(first.count, words).number, goods: sayGoods(first.goods, words), ...countOf(cheapest, words), off: sayOff(off, words) });
    }
    if (look === "bxgy" && first && second) {
      return t("promotion.say.bxgy", { needs: saySome(first.count, first.goods, words), reward: sayReward(second, words), off: sayOff(off, words) });
    }
    if (look === "forPrice" && first) return t("promotion.say.forPrice", { needs, off: sayOff(off, words) });
    if (on === "all") return t("promotion.say.bundle", { needs, off: sayOff(off, words) });
    if (on === "cheapest") return t("promotion.say.bundleCheapest", { needs, ...countOf(cheapest, words), off: sayOff(off, words) });
    const rewarded = parts[part];
    return t("promotion.say.bundlePart", { needs, reward: rewarded ? saySome(rewarded.count, rewarded.goods, words) : OPEN, off: sayOff(off, words) });
  };
  return [
    sentence(),
    ...(parts.some(({ isDistinct }) => isDistinct) ? [t("promotion.say.different")] : []),
    ...(times.trim() ? [t("promotion.say.times", sayCount(times, words))] : []),
  ].join(" ");
}

/** The number of the cheapest, beside another number in its sentence. */
const countOf = (text: string, words: Words) => {
  const { count, number } = sayCount(text, words);
  return { count, few: number };
};

/** One condition in a sentence. */
export function sayWhen(when: When, words: Words): string {
  const { t, locale } = words;
  switch (when.kind) {
    case "member":
    case "voucher":
      return t(`promotion.say.${when.kind}`);
    case "segment":
      return t("promotion.say.segment", { names: sayNames(when.names, words, "disjunction") });
    case "purchase":
      return when.number.trim() === "1" ? t("promotion.say.firstPurchase") : t("promotion.say.purchase", sayCount(when.number, words));
    case "birthday":
      return t("promotion.say.birthday", { before: sayCount(when.before, words).number, after: sayCount(when.after, words).number });
    case "location":
      return t("promotion.say.location", { names: sayNames(when.ids.map((id) => words.name("location", id) ?? OPEN), words) });
    case "channel":
      return t("promotion.say.channel", { names: sayNames(when.names.map((name) => channelName(name, t)), words) });
    case "hours":
      return sayHours(when, words);
    case "dates": {
      const figures = { from: sayMoment(when.from, locale, t), until: sayMoment(when.until, locale, t) };
      const grace = when.grace.trim() ? t("promotion.say.grace", sayCount(when.grace, words)) : "";
      const span = when.from && when.until ? "between" : when.until ? "until" : "from";
      return [t(`promotion.say.dates.${span}`, figures), grace].filter(Boolean).join(" ");
    }
    case "quantity":
    case "amount":
      return sayRange(when, words);
    case "distinct":
      return t("promotion.say.distinct", { ...sayCount(when.atLeast, words), goods: sayGoods(when.goods, words) });
    case "tender":
      return t("promotion.say.tender", { names: sayNames(when.kinds.map((kind) => tenderName(kind, t)), words, "disjunction") });
    case "other":
      return t("promotion.say.other", { what: kindOf(when.json) });
  }
}

function sayRange(when: When & { kind: "quantity" | "amount" }, words: Words): string {
  const isMoney = when.kind === "amount";
  const value = (text: string) => (isMoney ? sayMoney(text, words) : sayCount(text, words).number);
  const span = when.atLeast.trim() && when.atMost.trim() ? "between" : when.atMost.trim() ? "atMost" : "atLeast";
  const measure = isMoney ? "money" : when.measure;
  const from = words.t(`promotion.say.measured.${measure}`, { value: value(when.atLeast) });
  const until = words.t(`promotion.say.measured.${measure}`, { value: value(when.atMost) });
  return words.t(`promotion.say.basket.${span}`, { from, until, goods: sayGoods(when.goods, words) });
}

function sayHours({ weekdays, from, until }: When & { kind: "hours" }, words: Words): string {
  const days = weekdays.length === 0 || weekdays.length === 7 ? words.t("promotion.say.everyDay") : sayList(weekdays.toSorted((one, other) => one - other).map((day) => weekdayName(day, words.locale)), words);
  if (from === until) return words.t("promotion.say.days", { days });
  return words.t("promotion.say.hours", { days, from, until });
}

/** `Saturday`: 1 is Monday. */
export const weekdayName = (day: number, locale: string, weekday: "long" | "short" = "long"): string =>
  new Intl.DateTimeFormat(locale, { weekday, timeZone: "UTC" }).format(MONDAY + (day - 1) * DAY_MS);

function sayMoment(moment: string, locale: string, t: Words["t"]): string {
  const [date, time] = moment.split("T");
  if (!date) return OPEN;
  return !time || time === "00:00" ? formatDate(date, locale) : t("promotion.say.moment", { date: formatDate(date, locale), time });
}

const CHANNELS = ["till", "web"] as const;
const isChannel = (name: string): name is (typeof CHANNELS)[number] => (CHANNELS as readonly string[]).includes(name);

/** What people call a channel; one with a name of its own keeps it. */
export const channelName = (name: string, t: Words["t"]): string => (isChannel(name) ? t(`promotion.channels.${name}`) : name);

export const TENDERS = ["cash", "card", "coupon"] as const;
const isTender = (name: string): name is (typeof TENDERS)[number] => (TENDERS as readonly string[]).includes(name);
export const tenderName = (kind: string, t: Words["t"]): string => (isTender(kind) ? t(`promotion.tenders.${kind}`) : kind);

function sayCombination({ combination }: Form, words: Words): string[] {
  const { mode, group, priority, onlyUnreduced, belowCost, cap } = combination;
  const { t } = words;
  return [
    ...(mode === "exclusive" ? [t("promotion.say.exclusive")] : []),
    ...(mode === "best_of" ? [t("promotion.say.bestOf", { group: group.trim() || OPEN })] : []),
    ...(Number(priority) > 0 ? [t("promotion.say.before")] : []),
    ...(Number(priority) < 0 ? [t("promotion.say.after")] : []),
    ...(cap.trim() ? [t("promotion.say.cap", { cap: sayMoney(cap, words) })] : []),
    ...(onlyUnreduced ? [t("promotion.say.onlyUnreduced")] : []),
    ...(belowCost ? [t("promotion.say.belowCost")] : []),
  ];
}

function sayLimits({ limits }: Form, words: Words): string[] {
  const { t } = words;
  const counted = ["units", "uses", "usesPerDay", "usesPerCustomer"] as const;
  return [
    ...counted.flatMap((name) => (limits[name].trim() ? [t(`promotion.say.limit.${name}`, sayCount(limits[name], words))] : [])),
    ...(limits.budget.trim() ? [t("promotion.say.limit.budget", { budget: sayMoney(limits.budget, words) })] : []),
  ];
}
