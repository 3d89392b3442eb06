type Json<T> = { headers: { [name: string]: unknown }; content: { "application/json": T } };
type Empty = { headers: { [name: string]: unknown }; content?: never };
type Refused = { headers: { [name: string]: unknown }; content: { "application/problem+json": { type: string; title: string; status: number; code: string; figures?: { [name: string]: unknown } } } };
type Get<R, Query = never, Path = never> = {
  parameters: { query?: Query; header?: never; cookie?: never } & ([Path] extends [never] ? { path?: never } : { path: Path });
  requestBody?: never;
  responses: { 200: Json<R>; default: Refused };
};
type Post<R, B> = {
  parameters: { query?: never; header?: never; path?: never; cookie?: never };
  requestBody: { content: { "application/json": B } };
  responses: { 200: Json<R>; 201: Json<R>; default: Refused };
};
type Act<Path, Query = never> = {
  parameters: { header?: never; path: Path; cookie?: never } & ([Query] extends [never] ? { query?: never } : { query: Query });
  requestBody?: never;
  responses: { 202: Empty; default: Refused };
};
type Delete = { parameters: { query?: never; header?: never; path?: never; cookie?: never }; requestBody?: never; responses: { 204: Empty; default: Refused } };

export interface components {
  schemas: {
    Unit: "piece" | "gram" | "millilitre" | "millimetre";
    Location: { id: string; code: string; name: string; kind: string; time_zone: string };
    Session: {
      staff: { id: string; name: string; email: string };
      permissions: string[];
      locations: components["schemas"]["Location"][];
      currency: string;
      currency_exponent: number;
      company: string;
      now: string;
    };
    OverviewLocation: {
      location_id: string;
      code: string;
      name: string;
      kind: string;
      revenue_minor: number;
      sales: number;
      units: number;
      purchases_minor: number;
      purchases: number;
      complete_to: string | null;
      pending: number;
      connected: boolean;
    };
    Overview: {
      date: string;
      as_of: string;
      complete_to: string | null;
      revenue_minor: number;
      sales: number;
      units: number;
      average_basket_minor: number;
      purchases_minor: number;
      purchases: number;
      previous: { date: string; revenue_minor: number; sales: number; purchases_minor: number };
      locations: components["schemas"]["OverviewLocation"][];
      hours: { hour: number; revenue_minor: number; sales: number; purchases_minor: number }[];
      days: { date: string; revenue_minor: number; purchases_minor: number }[];
      products: {
        variant_id: string;
        sku: string;
        name: string;
        unit: components["schemas"]["Unit"];
        quantity: number;
        revenue_minor: number;
      }[];
    };
    SaleSummary: {
      id: string;
      location_id: string;
      location_name: string;
      business_date: string;
      receipt_number: string;
      closed_at: string;
      staff: string;
      lines: number;
      total_minor: number;
      tender_kinds: string[];
    };
    QuoteLine: {
      line: number;
      variant_id: string;
      name: string;
      quantity: number;
      unit: components["schemas"]["Unit"];
      unit_price: string;
      price_quantity: number;
      gross_minor: number;
      discount_minor: number;
      discount_reason: string | null;
      total_minor: number;
    };
    Receipt: {
      id: string;
      receipt_number: string;
      location: { id: string; name: string; code: string };
      register: { id: string; name: string };
      staff: { id: string; name: string };
      closed_at: string;
      business_date: string;
      lines: components["schemas"]["QuoteLine"][];
      subtotal_minor: number;
      discount_minor: number;
      tax_minor: number;
      taxes: { rate_bps: number; base_minor: number; tax_minor: number }[];
      total_minor: number;
      tenders: { kind: "cash" | "card" | "coupon"; amount_minor: number; reference?: string | null }[];
      change_minor: number;
      location_id: string;
      node_id: string;
      epoch: number;
      seq: number;
      received_at: string;
      applied_at: string | null;
    };
    PurchaseSummary: {
      id: string;
      location_id: string;
      location_name: string;
      business_date: string;
      ticket_number: string;
      closed_at: string;
      supplier: string;
      staff: string;
      lines: number;
      total_minor: number;
    };
    Purchase: {
      id: string;
      ticket_number: string;
      location: { id: string; name: string; code: string };
      supplier: { id: string; name: string; code: string };
      staff: { id: string; name: string };
      closed_at: string;
      business_date: string;
      lines: {
        variant_id: string;
        name: string;
        unit: components["schemas"]["Unit"];
        quantity: number;
        gross: number | null;
        tare: number | null;
        net: number | null;
        unit_cost: string;
        cost_quantity: number;
        cost_minor: number;
      }[];
      total_minor: number;
      payment: { kind: "cash" | "account"; amount_minor: number };
      location_id: string;
      node_id: string;
      epoch: number;
      seq: number;
      received_at: string;
      applied_at: string | null;
    };
    StockItem: {
      variant_id: string;
      sku: string;
      name: string;
      category: string;
      unit: components["schemas"]["Unit"];
      total: number;
      locations: { location_id: string; on_hand: number }[];
    };
    Node: {
      id: string;
      location_id: string;
      location_name: string;
      status: string;
      epoch: number;
      version: string;
      enrolled_at: string;
      last_seen: string | null;
      connected: boolean;
      last_seq: number;
      head_seq: number;
      queue: number;
      applied: number;
      waiting: number;
      quarantined: number;
      queued: number;
      complete_to: string | null;
      clock_offset_ms: number | null;
      suspect: boolean;
    };
    NodeProblem: {
      epoch: number;
      seq: number;
      event_id: string;
      type: string;
      state: "waiting" | "quarantined";
      reason: string;
      attempts: number;
      received_at: string;
    };
    Job: {
      id: string;
      kind: string;
      state: "ready" | "running" | "dead";
      attempts: number;
      run_at: string;
      last_error: string | null;
    };
  };
}

type S = components["schemas"];
type Filter = { location?: string; from?: string; to?: string; q?: string; cursor?: string; limit?: number };
export interface paths {
  "/v1/session": { get: Get<S["Session"]>; post: Post<S["Session"], { email: string; password: string }>; delete: Delete };
  "/v1/overview": { get: Get<S["Overview"], { date?: string; location?: string }> };
  "/v1/sales": { get: Get<{ items: S["SaleSummary"][]; next: string | null }, Filter> };
  "/v1/locations/{location}/sales/{business_date}/{id}": {
    get: Get<S["Receipt"], never, { location: string; business_date: string; id: string }>;
  };
  "/v1/purchases": { get: Get<{ items: S["PurchaseSummary"][]; next: string | null }, Filter> };
  "/v1/locations/{location}/purchases/{business_date}/{id}": {
    get: Get<S["Purchase"], never, { location: string; business_date: string; id: string }>;
  };
  "/v1/stock": {
    get: Get<{ items: S["StockItem"][]; next: string | null }, { location?: string; q?: string; cursor?: string; limit?: number }>;
  };
  "/v1/nodes": { get: Get<{ items: S["Node"][] }> };
  "/v1/nodes/{node}/problems": { get: Get<{ items: S["NodeProblem"][] }, never, { node: string }> };
  "/v1/nodes/{node}/problems/{seq}/retry": { post: Act<{ node: string; seq: number }, { epoch: number }> };
  "/v1/jobs": { get: Get<{ items: S["Job"][]; next: string | null }, { cursor?: string; limit?: number }> };
  "/v1/jobs/{id}/retry": { post: Act<{ id: string }, never> };
  "/v1/enrolment-codes": { post: Post<{ code: string; expires_at: string }, { location_id: string }> };
  "/v1/locations": { get: Get<{ items: S["Location"][] }> };
}
