import type { Container, NewPurchase, PurchaseLine, PurchaseTicket, Supplier, Variant } from "../../api/edge";
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
  /** What it was weighed in, as it was then. */
  containers?: Weighed[];
}

export interface Line {
  id: string;
  variant: Pick<Variant, "id" | "name" | "unit">;
  /** What it is weighed in; none: nothing, or something whose tare is typed. */
  container?: Weighed | null;
  entries: Entries;
}

/** A container, and the grams of an empty one. */
export type Weighed = Pick<Container, "id" | "name" | "tare">;

/** What was typed, as it was typed. */
export interface Entries {
  gross: string;
  tare: string;
  /** How many containers. */
  count: string;
  quantity: string;
  cost: string;
}

export const noEntries: Entries = { gross: "", tare: "", count: "", quantity: "", cost: "" };

/** The most containers of a kind on a line. */
const MOST_CONTAINERS = 1000;

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
    container: weighedIn(line),
    entries: {
      gross: line.gross === null ? "" : thousandths(line.gross),
      tare: line.tare && !line.containers ? thousandths(line.tare) : "",
      count: line.containers ? String(line.containers.count) : "",
      quantity: line.gross === null ? (line.unit === "piece" ? String(line.quantity) : thousandths(line.quantity)) : "",
      cost: line.cost_quantity === costQuantity(line.unit) ? line.unit_cost : "",
    },
  })),
  corrects: {
    id: ticket.id,
    number: ticket.ticket_number,
    payment: ticket.payment,
    containers: ticket.lines.map(weighedIn).filter((one, at, all): one is Weighed => one !== null && all.findIndex((other) => other?.id === one.id) === at),
  },
});

function weighedIn({ containers }: PurchaseTicket["lines"][number]): Weighed | null {
  return containers ? { id: containers.container_id, name: containers.name, tare: containers.tare } : null;
}

/** What goods may be weighed in: of a purchase that is corrected what it had, as it was then; and what is in use now. */
export const choices = (corrects: Corrected | undefined, listed: Weighed[]): Weighed[] => {
  const before = corrects?.containers ?? [];
  return [...before, ...listed.filter(({ id }) => before.every((one) => one.id !== id))];
};

/** What the drawer pays out for a correction; below zero: takes back. */
export const cashDue = (before: NewPurchase["payment"], now: NewPurchase["payment"]): number =>
  (now.kind === "cash" ? now.amount_minor : 0) - (before.kind === "cash" ? before.amount_minor : 0);

/** Grams as the kilograms that people type: 12500 is `12.5`. */
function thousandths(amount: number): string {
  const digits = String(amount).padStart(4, "0");
  return `${digits.slice(0, -3)}.${digits.slice(-3)}`.replace(/\.?0+$/, "");
}

type Lacking = "gross" | "tare" | "containers" | "count" | "quantity" | "cost";

/** The line as the edge wants it, or what is still missing, as a key of `cannotAdd`. */
export function toLine({ variant, container, entries }: Omit<Line, "id">): PurchaseLine | Lacking {
  const cost = parseEntry(entries.cost, COST_DIGITS);
  const common = { variant_id: variant.id, unit_cost: plain(entries.cost), cost_quantity: costQuantity(variant.unit) };
  if (isWeighed(variant.unit)) {
    const gross = parseQuantity(entries.gross, variant.unit);
    if (gross === null) return "gross";
    const tare = tareOf(gross, container ?? null, entries);
    if (typeof tare === "string") return tare;
    if (cost === null) return "cost";
    // No scale is connected here: a person typed the weight, and the ticket says so.
    return { ...common, weight: { gross, ...tare, source: "manual" } };
  }
  const quantity = parseQuantity(entries.quantity, variant.unit);
  if (quantity === null) return "quantity";
  if (cost === null) return "cost";
  return { ...common, quantity };
}

/** What is taken off: so many containers, or grams that were typed. */
function tareOf(gross: number, container: Weighed | null, entries: Entries): Pick<NonNullable<PurchaseLine["weight"]>, "tare" | "containers"> | Lacking {
  if (!container) {
    const tare = entries.tare === "" ? 0 : (parseEntry(entries.tare, 3) ?? gross);
    return tare >= gross ? "tare" : { tare };
  }
  const count = parseEntry(entries.count, 0);
  if (count === null || count < 1 || count > MOST_CONTAINERS) return "count";
  return count * container.tare >= gross ? "containers" : { containers: { container_id: container.id, count } };
}

/** Grams that are left when what is known of the tare is taken off; the edge works out what counts. */
export function netOf({ container, entries }: Pick<Line, "container" | "entries">): number {
  const gross = parseQuantity(entries.gross, "gram") ?? 0;
  return gross - (container ? (parseEntry(entries.count, 0) ?? 0) * container.tare : (parseEntry(entries.tare, 3) ?? 0));
}

/** The first line that is not whole, and what it lacks, as a key of `cannotAdd`. A correction may lay out such a line. */
export function lacking(draft: Draft): { name: string; field: Lacking } | null {
  for (const line of draft.lines) {
    const field = lacks(line);
    if (field) return { name: line.variant.name, field };
  }
  return null;
}

/** What a line lacks. */
export function lacks(of: Omit<Line, "id">): Lacking | null {
  const line = toLine(of);
  return typeof line === "string" ? line : null;
}

/** The lines of a draft; none while one of them is not whole, so that none is ever left out. */
export function toLines(draft: Draft): PurchaseLine[] {
  const lines = draft.lines.map(toLine);
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

export const kept = (register: string): Draft => readDraft(localStorage.getItem(`${KEPT}.${register}`));

export function readDraft(text: string | null): Draft {
  try {
    const draft = JSON.parse(text ?? "") as Draft;
    if (!Array.isArray(draft.lines) || typeof draft.purchase !== "string") return emptyDraft();
    // A draft from before there were containers lacks what came with them.
    return { ...draft, lines: draft.lines.map((line) => ({ ...line, entries: { ...noEntries, ...line.entries } })) };
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

const costs = () => remembered<string>(COSTS);

const CONTAINERS = "branchline.containers";

/** What a product was last weighed in on this device. */
export function lastContainer(variant: string): Weighed | null {
  return remembered<Weighed | null>(CONTAINERS)[variant] ?? null;
}

export function rememberContainer(variant: string, container: Weighed | null): void {
  localStorage.setItem(CONTAINERS, JSON.stringify({ ...remembered<Weighed | null>(CONTAINERS), [variant]: container }));
}

function remembered<T>(key: string): Record<string, T> {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "{}") as Record<string, T>;
  } catch {
    return {};
  }
}
