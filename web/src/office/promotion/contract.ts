import createClient from "openapi-fetch";

import type { Promotion } from "../../api/cloud";
import type { Document } from "./document";

/** Operations that the API document does not have yet; the generated types take the place of these. */
type Asked<Path, Query> = { query?: Query; header?: never; cookie?: never } & ([Path] extends [never] ? { path?: never } : { path: Path });
interface Op<Path, Query, Body, Answer> {
  parameters: Asked<Path, Query>;
  requestBody: { content: { "application/json": Body } };
  responses: { 200: { content: { "application/json": Answer } } };
}
interface Read<Path, Query, Answer> {
  parameters: Asked<Path, Query>;
  responses: { 200: { content: { "application/json": Answer } } };
}

export type State = "draft" | "running" | "scheduled" | "ended" | "stopped";

export interface Quota {
  kind: string;
  total: number;
  available: number;
  locations: { location_id: string; held: number; used: number }[];
}

/** A promotion with its newest document. */
export type PromotionDetail = Omit<Promotion, "draft"> & { draft: Document; quota?: Quota[] };

export interface Reasons {
  search: "exact" | "bounded";
  promotions: { id: string; version: number; name: string; labels: Record<string, string> }[];
  fired: { promotion: number; line: number; units: number; gave_minor: number }[];
  gifts: { promotion: number; line?: number | null; variant_id: string; missing: number }[];
  beaten: { promotion: number; line: number; by: number; would_minor: number }[];
  near: { promotion: number; kind: "part" | "quantity" | "amount" | "tier"; units?: number | null; amount_minor?: number | null; part?: number | null }[];
  exhausted: { promotion: number; counter: string }[];
  points: { promotion: number; points: number }[];
  shipping: { promotion: number; charge: number; gave_minor: number }[];
}

export interface Tried {
  lines: { variant_id: string; name: string; quantity: number; unit: string; gross_minor: number; discount_minor: number; total_minor: number; is_gift: boolean }[];
  subtotal_minor: number;
  discount_minor: number;
  total_minor: number;
  reasons: Reasons;
}

export interface NewTry {
  draft?: Document;
  promotion_id?: string;
  only: boolean;
  location_id: string;
  local: string;
  channel: string;
  vouchers: boolean;
  patron?: { segments: string[]; purchases: number; birthday?: string | null; known: boolean };
  tenders: string[];
  lines: { variant_id: string; quantity: number }[];
}

export interface Conflict {
  promotion_id: string;
  name: string;
  kind: "exclusive" | "same_group" | "stacks" | "never_beside";
  shared: { variants_sample: string[]; from?: string | null; until?: string | null };
  decided_by: "priority" | "best" | "both";
}

export interface Preview {
  state: "running" | "done" | "failed";
  receipts_seen: number;
  receipts_total: number;
  touched: number;
  gave_minor: number;
  before_minor: number;
  units: number;
  by_day: { date: string; touched: number; gave_minor: number }[];
  examples: { sale_id: string; receipt_number: string; business_date: string; location_id: string; gave_minor: number }[];
}

export interface Result {
  receipts: number;
  units: number;
  gave_minor: number;
  by_day: { date: string; receipts: number; units: number; gave_minor: number }[];
  by_location: { location_id: string; receipts: number; units: number; gave_minor: number }[];
}

export interface Voucher {
  id: string;
  code: string;
  /** None: any number of times. */
  uses_each?: number | null;
  /** As far as it is known. */
  used?: number;
  segment?: string | null;
  valid_until?: string | null;
  stopped: boolean;
}

export interface NewVouchers {
  id: string;
  codes?: string[];
  count?: number;
  prefix?: string;
  uses_each: number;
  segment?: string;
  valid_until?: string;
}

export interface VouchersMade {
  made: number;
  duplicates: { line: number; code: string }[];
  refused: { line: number; code: string; reason: string }[];
}

interface Paths {
  "/v1/promotions/try": { post: Op<never, undefined, NewTry, Tried> };
  "/v1/promotions/conflicts": { post: Op<never, undefined, { draft: Document; promotion_id?: string }, Conflict[]> };
  "/v1/promotion-previews/{preview}": {
    get: Read<{ preview: string }, undefined, Preview>;
    put: Op<{ preview: string }, undefined, { draft: Document; promotion_id?: string; from: string; until: string; location_id?: string }, Preview>;
  };
  "/v1/promotions/{promotion}/result": { get: Read<{ promotion: string }, { from?: string; until?: string }, Result> };
  "/v1/promotions/{promotion}/vouchers": {
    get: Read<{ promotion: string }, { after?: string; limit?: number }, { items: Voucher[]; next?: string | null }>;
    post: Op<{ promotion: string }, undefined, NewVouchers, VouchersMade>;
  };
  "/v1/promotions/{promotion}/vouchers/{voucher}/stop": { post: Op<{ promotion: string; voucher: string }, undefined, { reason: string }, unknown> };
}

export const api = createClient<Paths>({ baseUrl: "/", credentials: "same-origin" });
