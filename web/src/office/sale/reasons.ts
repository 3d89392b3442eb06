import type { components } from "../../api/cloud.gen";

type Reasons = components["schemas"]["Reasons"];
type PromotionName = Reasons["promotions"][number];

/** What a promotion is called where the reader is: its label, or what the office calls it. */
export function promotionName(promotion: PromotionName | undefined, locale: string): string {
  return promotion?.labels[locale] || promotion?.name || "";
}

/** A line of a sale with what promotions had to do with it. */
export interface PromotedLine {
  /** Its place in the sale. */
  place: number;
  name: string;
  /** What promotions took off it. */
  gaveMinor: number;
  fired: Reasons["fired"];
  beaten: Reasons["beaten"];
  /** The promotion that has added it. */
  giftOf: number | undefined;
}

/** The lines of which there is something to say, in their order. */
export function promotedLines(names: string[], reasons: Reasons): PromotedLine[] {
  return names
    .map((name, place) => {
      const fired = reasons.fired.filter((one) => one.line === place);
      return {
        place,
        name,
        gaveMinor: fired.reduce((sum, one) => sum + one.gave_minor, 0),
        fired,
        beaten: reasons.beaten.filter((one) => one.line === place),
        giftOf: reasons.gifts.find((gift) => gift.line === place)?.promotion,
      };
    })
    .filter((line) => line.fired.length > 0 || line.beaten.length > 0 || line.giftOf !== undefined);
}

/** What the promotions gave on all goods, by promotion, the most first. */
export function givenBy(reasons: Reasons): { promotion: number; gaveMinor: number }[] {
  const sums = new Map<number, number>();
  for (const one of [...reasons.fired, ...reasons.shipping]) {
    sums.set(one.promotion, (sums.get(one.promotion) ?? 0) + one.gave_minor);
  }
  return [...sums]
    .map(([promotion, gaveMinor]) => ({ promotion, gaveMinor }))
    .toSorted((one, other) => other.gaveMinor - one.gaveMinor || one.promotion - other.promotion);
}
