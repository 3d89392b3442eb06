import { parseEntry, toEntry } from "./entry";

/** Quantities are whole base units; people read and type pieces, kilograms, litres and metres. */
export type Unit = "piece" | Measured;

type Measured = "gram" | "millilitre" | "millimetre";

/** Digits between a measured base unit and the unit people use. */
const MEASURED_DIGITS = 3;
const LARGE = { gram: "kilogram", millilitre: "liter", millimetre: "meter" } as const;
const SMALL = { gram: "gram", millilitre: "milliliter", millimetre: "millimeter" } as const;

/** A unit that a newer server has is counted. */
export const isMeasured = (unit: string): unit is Measured => unit in LARGE;

/** `3`, `1.25 kg`, `250 g`. */
export function formatQuantity(quantity: number, unit: string, locale: string): string {
  if (!isMeasured(unit)) return new Intl.NumberFormat(locale).format(quantity);
  const isLarge = Math.abs(quantity) >= 1000;
  return new Intl.NumberFormat(locale, {
    style: "unit",
    unit: isLarge ? LARGE[unit] : SMALL[unit],
    maximumFractionDigits: 3,
  }).format(isLarge ? quantity / 1000 : quantity);
}

/** The unit alone, in the size people type: `kg`, `l`, `m`; empty for pieces. */
export function unitLabel(unit: string, locale: string): string {
  if (!isMeasured(unit)) return "";
  return measure(LARGE[unit], locale);
}

/** What a price is for: `kg`, `100 g`; empty when it is for one piece. */
export function priceBasis(priceQuantity: number, unit: string, locale: string): string {
  if (!isMeasured(unit)) return priceQuantity === 1 ? "" : new Intl.NumberFormat(locale).format(priceQuantity);
  return priceQuantity === 1000 ? unitLabel(unit, locale) : formatQuantity(priceQuantity, unit, locale);
}

/** Reads what a person typed ("1.25", "1,25") as base units; `null` when it is no quantity above zero. */
export function parseQuantity(entry: string, unit: string): number | null {
  const quantity = parseEntry(entry, quantityDigits(unit));
  return quantity !== null && quantity > 0 ? quantity : null;
}

/** The quantity as one would type it, in the unit of [`unitLabel`]. */
export const typedQuantity = (quantity: number, unit: string): string => toEntry(quantity, quantityDigits(unit));

/** Digits a person may type after the point. */
export const quantityDigits = (unit: string): number => (isMeasured(unit) ? MEASURED_DIGITS : 0);

function measure(unit: string, locale: string): string {
  const parts = new Intl.NumberFormat(locale, { style: "unit", unit }).formatToParts(1);
  return parts.find((part) => part.type === "unit")?.value.trim() ?? unit;
}
