import type { ParseKeys } from "i18next";

import { Problem } from "../../api/problem";
import type { Missing } from "./draft";

type Key = Extract<ParseKeys<"office">, `promotion.problem.${string}`>;

/** What the engine says is wrong, in the words of the pages: by the beginning of its reason. */
const REASONS: [RegExp, Key][] = [
  [/^a name has/, "promotion.problem.name"],
  [/^a label is/, "promotion.problem.label"],
  [/^at most 20 conditions/, "promotion.problem.whens"],
  [/^a promotion gives/, "promotion.problem.effects"],
  [/^a percent is/, "promotion.problem.percent"],
  [/^an amount is/, "promotion.problem.amount"],
  [/^a price is/, "promotion.problem.price"],
  [/^it is for a positive number/, "promotion.problem.per"],
  [/^at most no/, "promotion.problem.most"],
  [/tiers/, "promotion.problem.tiers"],
  [/^a bundle has/, "promotion.problem.parts"],
  [/^a part has/, "promotion.problem.count"],
  [/^(it has fewer units|the cheapest none)/, "promotion.problem.cheapest"],
  [/^a gift is/, "promotion.problem.gift"],
  [/^points are/, "promotion.problem.points"],
  [/^a group has/, "promotion.problem.group"],
  [/^in a group/, "promotion.problem.oneWay"],
  [/^with a limit of units/, "promotion.problem.unitsOnce"],
  [/^a limit of none/, "promotion.problem.none"],
  [/^say that the customer/, "promotion.problem.known"],
  [/^(the list is|a name is empty)/, "promotion.problem.list"],
  [/^(it is below zero|the lowest is|neither a lowest)/, "promotion.problem.range"],
  [/^(the end is not|neither a beginning)/, "promotion.problem.dates"],
  [/^a birthday/, "promotion.problem.birthday"],
  [/^purchases are/, "promotion.problem.purchase"],
];

/** What is wrong with a field of the document, and in which words. */
export interface Wrong {
  field: string;
  key: Key;
  /** What the words name. */
  figures: Record<string, string>;
}

/** What the page itself finds missing, and what the server has refused, by field. */
export function wrongsOf(missing: Missing, refusal: unknown): Wrong[] {
  const own = [...missing].map(([field, why]): Wrong => ({ field, key: `promotion.problem.${why}`, figures: {} }));
  const theirs = wrongOf(refusal);
  return theirs && !own.some(({ field }) => field === theirs.field) ? [...own, theirs] : own;
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** A refusal that names a field of the document; none: it is about something else. */
export function wrongOf(refusal: unknown): Wrong | undefined {
  const [first] = refusal instanceof Problem ? refusal.fields : [];
  if (!first || !(refusal instanceof Problem)) return undefined;
  const field = first.field.replace(/^draft\./, "");
  if (first.code.startsWith("promotion.unknown_")) return { field, key: "promotion.problem.unknown", figures: { what: text(refusal.figures["name"]) || text(refusal.figures["id"]) } };
  if (refusal.code === "permission.denied") return { field, key: "promotion.problem.denied", figures: {} };
  const key = REASONS.find(([pattern]) => pattern.test(first.message))?.[1];
  return key ? { field, key, figures: {} } : { field, key: "promotion.problem.other", figures: { reason: first.message } };
}

/** What is wrong in a card or a field: exactly there, or in something inside it that has no place of its own. */
export const wrongAt = (wrongs: Wrong[], field: string): Wrong | undefined => wrongs.find((one) => one.field === field);
export const wrongsIn = (wrongs: Wrong[], place: string): Wrong[] =>
  wrongs.filter(({ field }) => field === place || field.startsWith(`${place}.`) || field.startsWith(`${place}[`));
