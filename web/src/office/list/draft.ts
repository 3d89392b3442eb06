import type { Field, Row } from "./kinds";

/** What is typed, by field. */
export type Draft = Record<string, string | boolean>;

/** Basis points as percent: 825 is `8.25`. */
export const percentOf = (bps: number): string => String(bps / 100);

const two = (part: number) => String(part).padStart(2, "0");

/** An instant as the browser's field has it, in the reader's zone. */
export function localOf(instant: string | null | undefined): string {
  if (!instant) return "";
  const at = new Date(instant);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** The instant that was typed in the reader's zone. */
export const instantOf = (local: string): string | null => (local ? new Date(local).toISOString() : null);

function typed({ input, first }: Field, row: Row | undefined, value: unknown): string | boolean {
  if (!row) return first ?? (input === "flag" ? false : "");
  if (input === "flag") return value === true;
  if (input === "percent") return percentOf(Number(value));
  if (input === "instant") return localOf(value as string | null);
  return value === null || value === undefined ? "" : String(value);
}

export const draftOf = (fields: readonly Field[], row: Row | undefined): Draft =>
  Object.fromEntries(fields.map((field) => [field.name, typed(field, row, row?.[field.name])]));

/** Seconds that the field does not show stay, as long as nothing else is typed. */
function instantBody(text: string, before: unknown): string | null {
  return typeof before === "string" && localOf(before) === text ? before : instantOf(text);
}

function sent({ name, input, isNeeded }: Field, value: string | boolean | undefined, row: Row | undefined): unknown {
  if (typeof value === "boolean") return value;
  const text = (value ?? "").trim();
  if (input === "percent") return Math.round(Number(text.replace(",", ".")) * 100);
  if (input === "whole") return Number(text);
  if (input === "instant") return instantBody(text, row?.[name]);
  const isOptional = input === "parent" || name === "currency" || (name === "code" && !isNeeded);
  return isOptional && !text ? null : text;
}

/** What is sent: every field, and the version that was seen. */
export const bodyOf = (fields: readonly Field[], draft: Draft, row: Row | undefined): Record<string, unknown> => ({
  version: row?.version ?? null,
  ...Object.fromEntries(fields.map((field) => [field.name, sent(field, draft[field.name], row)])),
});

/** Which needed fields say nothing that could be sent. */
export const missing = (fields: readonly Field[], draft: Draft): Field[] =>
  fields.filter(({ name, input, isNeeded }) => {
    const value = draft[name];
    if (!isNeeded || typeof value === "boolean") return false;
    const text = (value ?? "").trim().replace(",", ".");
    return !text || ((input === "percent" || input === "whole") && !Number.isFinite(Number(text)));
  });
