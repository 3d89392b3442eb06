/** What a person types on a number pad: digits and at most one point, kept as text so that nothing is rounded. */

export type PadKey = "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "000" | "." | "delete" | "clear";

/** Digits before the point; keeps every entry within exact integers. */
const LONGEST_WHOLE = 10;

/** The entry after one more key; a key that makes no number leaves it as it is. */
export function typeKey(entry: string, key: PadKey, digits: number): string {
  if (key === "clear") return "";
  if (key === "delete") return entry.slice(0, -1);
  if (key === ".") return digits === 0 || entry.includes(".") ? entry : `${entry || "0"}.`;
  const [whole = "", fraction] = entry.split(".");
  if (fraction !== undefined) return fraction.length + key.length > digits ? entry : entry + key;
  if (whole.length + key.length > LONGEST_WHOLE) return entry;
  return (whole + key).replace(/^0+(?=\d)/, "");
}

/** The entry as an integer of `10^-digits`; `null` when it is no number. */
export function parseEntry(entry: string, digits: number): number | null {
  const match = /^(\d*)(?:[.,](\d*))?$/.exec(entry.trim());
  const [, whole = "", fraction = ""] = match ?? [];
  if (!match || whole + fraction === "" || whole.length > LONGEST_WHOLE || fraction.length > digits) return null;
  return Number(whole + fraction.padEnd(digits, "0"));
}

/** The shortest entry for an integer of `10^-digits`. */
export function toEntry(value: number, digits: number): string {
  if (digits === 0) return String(value);
  const padded = String(value).padStart(digits + 1, "0");
  const fraction = padded.slice(-digits).replace(/0+$/, "");
  return padded.slice(0, -digits) + (fraction ? `.${fraction}` : "");
}

/** The key of a pad that a key of the keyboard stands for. */
export function padKey(key: string): PadKey | undefined {
  if (/^\d$/.test(key)) return key as PadKey;
  if (key === "." || key === ",") return ".";
  if (key === "Backspace") return "delete";
  if (key === "Delete") return "clear";
  return undefined;
}

/** What stands before the fraction in that language: a point, or a comma. */
export const pointOf = (locale: string): string => new Intl.NumberFormat(locale).formatToParts(0.5).find(({ type }) => type === "decimal")?.value ?? ".";

/** A price as it is typed in a form, as a decimal of the API: `299.000` in Vietnamese and `299,000` in English are both 299000. What is no number stays as it is. */
export function readAmount(text: string, locale: string): string {
  const typed = text.trim().replaceAll(/[\s\u00a0]/g, "");
  const point = pointOf(locale);
  const group = point === "," ? "." : ",";
  const [whole = "", fraction, more] = typed.split(point);
  const groups = whole.split(group);
  const isGrouped = groups.length > 1 && /^[1-9]\d{0,2}$/.test(groups[0] ?? "") && groups.slice(1).every((part) => /^\d{3}$/.test(part));
  if (isGrouped && more === undefined) return groups.join("") + (fraction === undefined ? "" : `.${fraction}`);
  return typed.replace(",", ".");
}
