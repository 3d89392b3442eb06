// What the cloud's document is about to say. Goes when it does.
type Answers<T> = { responses: { 200: { headers: { [name: string]: unknown }; content: { "application/json": T } } } };
type Params<P = object, Q = never> = { parameters: { query?: Q; header?: never; cookie?: never } & P };
type Body<T> = { requestBody: { content: { "application/json": T } } };
type NoBody = { requestBody?: never };
type Get<T, P = object, Q = never> = { get: Params<P, Q> & NoBody & Answers<T> };
type Post<B, T, P = object> = { post: Params<P> & Body<B> & Answers<T> };
type Put<B, T, P = object> = { put: Params<P> & Body<B> & Answers<T> };
type Page = { cursor?: string; limit?: number };

interface Accounts {
  on_hand: number;
  node_rights: number;
  claim_bound: number;
  debt: number;
  picked: number;
  unsellable: number;
  shipped: number;
  available: number;
  granting: number;
  promised: number;
}
export interface StockItem {
  variant_id: string;
  sku: string;
  name: string;
  category: string;
  unit: string;
  total: number;
  totals: Accounts;
  attention: "debt" | "negative" | null;
  locations: (Accounts & { location_id: string })[];
}
interface StockLocation {
  location_id: string;
  code: string;
  name: string;
  has_node: boolean;
  as_of: string | null;
  seq: number | null;
  complete_to: string | null;
  connected: boolean;
  last_seen: string | null;
  status: string | null;
  frozen_at: string | null;
  on_their_way: number;
}
interface StockChange {
  id: string;
  location_id: string;
  at: string;
  business_date: string | null;
  kind: string;
  moves: { bucket: string; quantity: number }[];
  available: number;
  granting: number;
  promised: number;
  document: string | null;
  epoch: number | null;
  seq: number | null;
  subject_id: string | null;
  staff: string | null;
}
interface OrderSummary {
  id: string;
  number: string;
  channel_name: string;
  customer: string;
  state: string;
  total_minor: number;
  placed_at: string;
  hold_until: string;
  lines: number;
  location_ids: string[];
}
interface Order extends Omit<OrderSummary, "lines" | "location_ids"> {
  tax_minor: number;
  claimed_at: string | null;
  payment: string | null;
  closed_at: string | null;
  close_reason: string | null;
  lines: {
    line: number;
    variant_id: string;
    sku: string;
    name: string;
    unit: string;
    quantity: number;
    unit_price: string;
    price_quantity: number;
    total_minor: number;
  }[];
  reservations: {
    id: string;
    line: number;
    location_id: string;
    location_name: string;
    variant_id: string;
    quantity: number;
    picked: number;
    state: string;
    changed_at: string;
  }[];
}
interface Blocker {
  code: string;
  count: number;
  from: number | null;
  to: number | null;
}
interface Day {
  location_id: string;
  location_name: string;
  business_date: string;
  sales: number;
  purchases: number;
  shifts: number;
  open_shifts: number;
  held: number;
  state: string;
  complete: boolean;
  completed_at: string | null;
  completed_by: string | null;
  reopened_at: string | null;
  blockers: Blocker[];
}
interface NodeCompleteness {
  node_id: string;
  location_id: string;
  location_name: string;
  complete_to: string | null;
  on_their_way: number;
  connected: boolean;
}
interface HeldEvent {
  node_id: string;
  location_id: string;
  location_name: string;
  epoch: number;
  seq: number;
  event_id: string;
  kind: string;
  ver: number;
  state: string;
  reason: string;
  detail: string;
  depends_on: string | null;
  attempts: number;
  received_at: string;
  retry_at: string | null;
  age_s: number;
  overdue: boolean;
  business_date: string | null;
  corrected: boolean;
  blocks: number;
}
interface HeldDetail extends HeldEvent {
  header: unknown;
  body: string;
  body_bytes: number;
  body_truncated: boolean;
  missing: { kind: string; id: string } | null;
  corrections: { id: string; body: string; reason: string; by: string; at: string }[];
}
interface NodeBalance {
  node_id: string;
  location_id: string;
  location_name: string;
  accepted: number;
  applied: number;
  waiting: number;
  quarantined: number;
  queued: number;
  on_their_way: number;
  missing: number;
  complete_to: string | null;
  connected: boolean;
}
interface Invariants {
  as_of: string;
  accepted: number;
  applied: number;
  waiting: number;
  quarantined: number;
  queued: number;
  on_their_way: number;
  oversold: number;
  lost: number;
  doubled: number;
  overrides: number;
  promises_broken: number;
  complete_to: string | null;
  nodes: NodeBalance[];
  rights: {
    checked: number;
    wrong: number;
    items: { location_id: string; variant_id: string; name: string; claim_bound: number; available: number; granting: number; promised: number }[];
  };
}
interface StockCase {
  id: string;
  location_id: string;
  kind: string;
  business_date: string;
  variant_id: string;
  sku: string;
  name: string;
  unit: string;
  quantity: number;
  sale_id: string | null;
  order_id: string | null;
  staff: string | null;
  supervisor: string | null;
  reason: string | null;
  at: string;
  state: string;
  closed_by: string | null;
  closed_at: string | null;
}
export interface NodeExtra {
  frozen_at: string | null;
  rebased_at: string | null;
  fenced_at: string | null;
  fenced_reason: string | null;
  missing_from: number | null;
  missing_to: number | null;
  restricted: string | null;
  at_risk: number;
  salvage: { queued: number; applied: number; known: number; quarantined: number };
}
interface Channel {
  id: string;
  name: string;
  active: boolean;
  created_at: string;
}
type Held = { path: { node: string; epoch: number; seq: number } };

export interface NextPaths {
  "/v1/stock/{variant}": Get<StockItem & { as_of: StockLocation[] }, { path: { variant: string } }>;
  "/v1/stock/{variant}/history": Get<{ items: StockChange[]; next: string | null }, { path: { variant: string } }, Page & { location?: string }>;
  "/v1/orders": Get<{ items: OrderSummary[]; next: string | null }, object, Page & { state?: string; location?: string; q?: string }>;
  "/v1/orders/{id}": Get<Order, { path: { id: string } }> &
    Put<{ customer: string; lines: { variant_id: string; quantity: number }[]; location_id?: string }, Order, { path: { id: string } }>;
  "/v1/orders/{id}/claim": Post<{ payment: string }, Order, { path: { id: string } }>;
  "/v1/orders/{id}/cancellation": Post<{ reason: string }, Order, { path: { id: string } }>;
  "/v1/channels": Get<{ items: Channel[] }> & Post<{ name: string }, { id: string; name: string; key: string }>;
  "/v1/locations/{location}/counts/{id}": Put<{ lines: { variant_id: string; counted: number }[] }, unknown, { path: { location: string; id: string } }>;
  "/v1/locations/{location}/grants/{id}": Put<{ lines: { variant_id: string; quantity: number }[] }, unknown, { path: { location: string; id: string } }>;
  "/v1/completeness": Get<
    { as_of: string; complete_to: string | null; nodes: NodeCompleteness[]; items: Day[] },
    object,
    { location?: string; from?: string; to?: string }
  >;
  "/v1/locations/{location}/days/{date}/completion": Put<object, Day, { path: { location: string; date: string } }>;
  "/v1/held-events": Get<
    { items: HeldEvent[]; counts: { waiting: number; quarantined: number; overdue: number; reasons: { reason: string; state: string; count: number }[] }; next: string | null },
    object,
    Page & { location?: string; node?: string; state?: string; reason?: string }
  >;
  "/v1/held-events/{node}/{epoch}/{seq}": Get<HeldDetail, Held>;
  "/v1/held-events/{node}/{epoch}/{seq}/retry": { post: Params<Held> & NoBody & Answers<unknown> };
  "/v1/held-events/{node}/{epoch}/{seq}/correction": Put<{ id: string; body: string; reason: string }, HeldDetail | null, Held>;
  "/v1/invariants": Get<Invariants>;
  "/v1/stock-cases": Get<{ items: StockCase[]; next: string | null }, object, Page & { state?: string; location?: string }>;
  "/v1/locations/{location}/stock-cases/{id}/close": { post: Params<{ path: { location: string; id: string } }> & NoBody & Answers<unknown> };
  "/v1/nodes/{node}/fence": Post<{ reason: string }, unknown, { path: { node: string } }>;
  "/v1/nodes/{node}/replacement": { post: Params<{ path: { node: string } }> & NoBody & Answers<{ code: string; expires_at: string }> };
  "/v1/nodes/{node}/unfreeze": { post: Params<{ path: { node: string } }> & NoBody & Answers<unknown> };
}
