import type { NewPurchase, PurchaseLine, PurchaseTicket, Supplier, Variant } from "../../api/edge";
import { newId } from "../../api/id";
import { parseEntry } from "../../format/entry";
import { parseQuantity, type Unit } from "../../format/quantity";

/** A purchase being made. Costs are worked out by the edge (see `purchaseQuote`). */
export interface Draft {
  /** The id of the purchase to come: made once, so that paying twice records once. */
  purchase: string;
  supplier: Supplier | null;
  document: string;
  lines: Line[];
  /** A payment whose answer never came; until it does, nothing may change. */
  attempt: NewPurchase["payment"] | null;
  /** The purchase that this one will stand in the place of. */
  corrects?: Corrected;
}

/** A purchase that is being corrected: what was paid for it, and how. */
export interface Corrected {
  id: string;
  number: string;
  payment: NewPurchase["payment"];
}

export interface Line {
  id: string;
  variant: Pick<Variant, "id" | "name" | "unit">;
  entries: Entries;
}

/** What was typed, as it was typed. */
export interface Entries {
  gross: string;
  tare: string;
  quantity: string;
  cost: string;
}

export const noEntries: Entries = { gross: "", tare: "", quantity: "", cost: "" };

/** Digits of a cost after the point; finer than the currency, as costs per kilogram are. */
export const COST_DIGITS = 4;

export const emptyDraft = (): Draft => ({ purchase: newId(), supplier: null, document: "", lines: [], attempt: null });

/** Costs are per piece, per kilogram, per litre, per metre. */
export const costQuantity = (unit: Unit): number => (unit === "piece" ? 1 : 1000);

export const isWeighed = (unit: Unit): boolean => unit === "gram";

/** A recorded purchase as a draft of the one that corrects it. */
export const draftOf = (ticket: PurchaseTicket): Draft => ({
  ...emptyDraft(),
  supplier: ticket.supplier,
  document: ticket.supplier_document ?? "",
  lines: ticket.lines.map((line) => ({
    id: newId(),
    variant: { id: line.variant_id, name: line.name, unit: line.unit },
    entries: {
      gross: line.gross === null ? "" : thousandths(line.gross),
      tare: line.tare ? thousandths(line.tare) : "",
      quantity: line.gross === null ? (line.unit === "piece" ? String(line.quantity) : thousandths(line.quantity)) : "",
      cost: line.cost_quantity === costQuantity(line.unit) ? line.unit_cost : "",
    },
  })),
  corrects: { id: ticket.id, number: ticket.ticket_number, payment: ticket.payment },
});

/** What the drawer pays out for a correction; below zero: takes back. */
export const cashDue = (before: NewPurchase["payment"], now: NewPurchase["payment"]): number =>
  (now.kind === "cash" ? now.amount_minor : 0) - (before.kind === "cash" ? before.amount_minor : 0);

/** Grams as the kilograms that people type: 12500 is `12.5`. */
function thousandths(amount: number): string {
  const digits = String(amount).padStart(4, "0");
  return `${digits.slice(0, -3)}.${digits.slice(-3)}`.replace(/\.?0+$/, "");
}

type Lacking = "gross" | "tare" | "quantity" | "cost";

/** The line as the edge wants it, or what is still missing, as a key of `cannotAdd`. */
export function toLine(variant: Line["variant"], entries: Entries): PurchaseLine | Lacking {
  const cost = parseEntry(entries.cost, COST_DIGITS);
  const common = { variant_id: variant.id, unit_cost: plain(entries.cost), cost_quantity: costQuantity(variant.unit) };
  if (isWeighed(variant.unit)) {
    const gross = parseQuantity(entries.gross, variant.unit);
    const tare = entries.tare === "" ? 0 : (parseEntry(entries.tare, 3) ?? gross ?? 0);
    if (gross === null) return "gross";
    if (tare >= gross) return "tare";
    if (cost === null) return "cost";
    // No scale is connected here: a person typed the weight, and the ticket says so.
    return { ...common, weight: { gross, tare, source: "manual" } };
  }
  const quantity = parseQuantity(entries.quantity, variant.unit);
  if (quantity === null) return "quantity";
  if (cost === null) return "cost";
  return { ...common, quantity };
}

/** The first line that is not whole, and what it lacks, as a key of `cannotAdd`. A correction may lay out such a line. */
export function lacking(draft: Draft): { name: string; field: Lacking } | null {
  for (const { variant, entries } of draft.lines) {
    const field = lacks(variant, entries);
    if (field) return { name: variant.name, field };
  }
  return null;
}

/** What a line lacks. */
export function lacks(variant: Line["variant"], entries: Entries): Lacking | null {
  const line = toLine(variant, entries);
  return typeof line === "string" ? line : null;
}

/** The lines of a draft; none while one of them is not whole, so that none is ever left out. */
export function toLines(draft: Draft): PurchaseLine[] {
  const lines = draft.lines.map(({ variant, entries }) => toLine(variant, entries));
  const whole = lines.filter((line) => typeof line === "object");
  return whole.length === lines.length ? whole : [];
}

/** `1,5` and `1.` as the decimal the edge reads. */
function plain(entry: string): string {
  const text = entry.replace(",", ".").replace(/\.$/, "");
  return text.startsWith(".") ? `0${text}` : text;
}

const KEPT = "branchline.purchase";

/** Keeps the draft on this device, so that a reload in the middle of a purchase loses nothing. */
export function keep(register: string, draft: Draft): void {
  localStorage.setItem(`${KEPT}.${register}`, JSON.stringify(draft));
}

export function kept(register: string): Draft {
  try {
    const draft = JSON.parse(localStorage.getItem(`${KEPT}.${register}`) ?? "") as Draft;
    return Array.isArray(draft.lines) && typeof draft.purchase === "string" ? draft : emptyDraft();
  } catch {
    return emptyDraft();
  }
}

const COSTS = "branchline.costs";

/** The cost last typed for a product on this device: most of the day it stays the same. */
export function lastCost(variant: string): string {
  return costs()[variant] ?? "";
}

export function rememberCost(variant: string, cost: string): void {
  localStorage.setItem(COSTS, JSON.stringify({ ...costs(), [variant]: cost }));
}

function costs(): Record<string, string> {
  try {
    return JSON.parse(localStorage.getItem(COSTS) ?? "{}") as Record<string, string>;
  } catch {
    return {};
  }
}
