import { parseEntry, toEntry } from "../../format/entry";

/** Reads what people typed into the parts of a promotion, and remembers the fields where nothing can be read. */
export class Reader {
  readonly missing = new Map<string, "missing" | "number">();
  readonly exponent: number;

  constructor(exponent: number) {
    this.exponent = exponent;
  }

  /** A number with so many digits after the point; a field that must be there is remembered when it is not. */
  private read(text: string, digits: number, field: string, isOptional: boolean): number | undefined {
    const typed = text.trim();
    if (typed === "" && isOptional) return undefined;
    const value = parseEntry(typed, digits);
    if (value !== null) return value;
    this.missing.set(field, typed === "" ? "missing" : "number");
    return isOptional ? undefined : 0;
  }

  count = (text: string, field: string): number => this.read(text, 0, field, false) ?? 0;
  /** Below zero too: what is taken later. */
  signed = (text: string, field: string): number => (text.trim().startsWith("-") ? -this.count(text.trim().slice(1), field) : this.count(text, field));
  someCount = (text: string, field: string): number | undefined => this.read(text, 0, field, true);
  money = (text: string, field: string): number => this.read(text, this.exponent, field, false) ?? 0;
  someMoney = (text: string, field: string): number | undefined => this.read(text, this.exponent, field, true);
  percent = (text: string, field: string): number => this.read(text, 2, field, false) ?? 0;
}

export const typed = (value: unknown): string => (typeof value === "number" ? String(value) : "");
export const typedMoney = (value: unknown, exponent: number): string => (typeof value === "number" && value >= 0 ? toEntry(value, exponent) : "");
export const typedPercent = (value: unknown): string => (typeof value === "number" && value >= 0 ? toEntry(value, 2) : "");

/** An object without the names that have no value. */
export function given<T extends object>(parts: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
