/** Why a basket costs what it costs, as both servers say it. Lines and promotions are named by their places. */
export interface Reasons {
  search: string;
  promotions: { id: string; version: number; name: string; labels: { [language: string]: string } }[];
  fired: { promotion: number; line: number; units: number; gave_minor: number }[];
  gifts: { promotion: number; line?: number | null; variant_id: string; missing: number }[];
  beaten: { promotion: number; line: number; by: number; would_minor: number }[];
  near: { promotion: number; kind: string; units?: number | null; amount_minor?: number | null }[];
  exhausted: { promotion: number; counter: string }[];
}

/** What a promotion is called in a language; else what the office calls it. */
export const labelOf = ({ labels, name }: { labels: { [language: string]: string }; name: string }, language: string): string => labels[language] || name;

const named = (reasons: Reasons, place: number, language: string): string => {
  const promotion = reasons.promotions[place];
  return promotion ? labelOf(promotion, language) : "";
};

export interface Fired {
  key: string;
  name: string;
  units: number;
  gave_minor: number;
}

/** What promotions did on a line, whether it took something off or only counted. */
export const firedOn = (reasons: Reasons | null | undefined, line: number, language: string): Fired[] =>
  (reasons?.fired ?? [])
    .filter((one) => one.line === line)
    .map(({ promotion, units, gave_minor }) => ({ key: String(promotion), name: named(reasons as Reasons, promotion, language), units, gave_minor }));

/** What would have reduced a line, and what came before it. */
export const beatenOn = (reasons: Reasons | null | undefined, line: number, language: string) =>
  (reasons?.beaten ?? [])
    .filter((one) => one.line === line)
    .map(({ promotion, by, would_minor }) => ({
      key: `${promotion} ${by}`,
      name: named(reasons as Reasons, promotion, language),
      by: named(reasons as Reasons, by, language),
      would_minor,
    }));

/** Which promotion has added a line. */
export const giftOn = (reasons: Reasons | null | undefined, line: number, language: string): string => {
  const gift = reasons?.gifts.find((one) => one.line === line);
  return gift ? named(reasons as Reasons, gift.promotion, language) : "";
};

/** Gifts that are not there, or not whole. */
export const missingGifts = (reasons: Reasons | null | undefined, language: string) =>
  (reasons?.gifts ?? [])
    .filter(({ missing }) => missing > 0)
    .map(({ promotion, variant_id, missing }) => ({ key: `${promotion} ${variant_id}`, name: named(reasons as Reasons, promotion, language), missing }));

export interface Hint {
  key: string;
  name: string;
  kind: "units" | "amount" | "more";
  units: number;
  amount_minor: number;
}

/** What nearly applied, the nearest first; of one promotion the nearest. */
export function hints(reasons: Reasons | null | undefined, language: string): Hint[] {
  const all = (reasons?.near ?? []).map(({ promotion, kind, units, amount_minor }): Hint => ({
    key: String(promotion),
    name: named(reasons as Reasons, promotion, language),
    kind: kind === "tier" ? "more" : amount_minor ? "amount" : "units",
    units: units ?? 0,
    amount_minor: amount_minor ?? 0,
  }));
  const order = { units: 0, more: 1, amount: 2 };
  all.sort((one, other) => order[one.kind] - order[other.kind] || one.units - other.units || one.amount_minor - other.amount_minor);
  return all.filter((hint, at) => all.findIndex(({ key }) => key === hint.key) === at);
}

/** A limit for each customer cannot be looked up while nobody is named. */
const isNameless = (reasons: Reasons, promotion: number) => reasons.exhausted.some((one) => one.promotion === promotion && one.counter === "customer");

const exhaustedWhere = (reasons: Reasons | null | undefined, language: string, isSo: (reasons: Reasons, promotion: number) => boolean): string[] => {
  if (!reasons) return [];
  const names = reasons.exhausted.filter(({ promotion }) => isSo(reasons, promotion)).map(({ promotion }) => named(reasons, promotion, language));
  return [...new Set(names)];
};

/** What has run out, by name. */
export const exhausted = (reasons: Reasons | null | undefined, language: string, isNamed: boolean): string[] =>
  exhaustedWhere(reasons, language, (all, promotion) => isNamed || !isNameless(all, promotion));

/** What counts for each customer and waits for the name, by name. */
export const unnamed = (reasons: Reasons | null | undefined, language: string, isNamed: boolean): string[] =>
  exhaustedWhere(reasons, language, (all, promotion) => !isNamed && isNameless(all, promotion));
