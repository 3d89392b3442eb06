type Json<T> = { headers: { [name: string]: unknown }; content: { "application/json": T } };
type Empty = { headers: { [name: string]: unknown }; content?: never };
type Refused = { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] } };
type Op<Query, Path, Body, Responses> = {
  parameters: { query?: Query; header?: never; path: Path; cookie?: never };
  requestBody: Body;
  responses: Responses & { default: Refused };
};
type Get<R, Query = never, Path = never> = Omit<Op<Query, Path, never, { 200: Json<R> }>, "requestBody" | "parameters"> & {
  requestBody?: never;
  parameters: { query?: Query; header?: never; cookie?: never } & ([Path] extends [never] ? { path?: never } : { path: Path });
};
type Put<R, B, Path> = Op<never, Path, { content: { "application/json": B } }, { 200: Json<R>; 201: Json<R> }>;
type Post<R, B> = Omit<Op<never, never, { content: { "application/json": B } }, { 200: Json<R>; 201: Json<R> }>, "parameters"> & {
  parameters: { query?: never; header?: never; path?: never; cookie?: never };
};
type PostAt<R, B, Path> = Op<never, Path, { content: { "application/json": B } }, { 200: Json<R> }>;
type Delete = { parameters: { query?: never; header?: never; path?: never; cookie?: never }; requestBody?: never; responses: { 204: Empty; default: Refused } };

export interface components {
  schemas: {
    Problem: {
      type: string;
      title: string;
      status: number;
      code: string;
      detail?: string | null;
      request_id?: string | null;
      errors?: { field: string; code: string; message: string }[];
      figures?: { [name: string]: unknown };
    };
    Sync: {
      connected: boolean;
      last_contact: string | null;
      pending: number;
      last_seq: number;
      acked_seq: number;
      epoch?: number;
      problem: string | null;
    };
    EdgeInfo: {
      node_id: string | null;
      location: { id: string; code: string; name: string; kind: string; time_zone: string };
      currency: string;
      currency_exponent: number;
      version: string;
      mode: "normal" | "restricted" | "readonly" | "unenrolled";
      now: string;
      business_date: string | null;
      registers: { id: string; name: string; prefix: string }[];
      sync: components["schemas"]["Sync"];
      clock: { skewed: boolean; offset_ms: number | null; behind_ms: number };
      training: boolean;
    };
    Unit: "piece" | "gram" | "millilitre" | "millimetre";
    StaffTile: { id: string; name: string; initials: string; roles: string[] };
    Shift: {
      id: string;
      register_id: string;
      business_date: string;
      opened_at: string;
      opened_by: { id: string; name: string };
      float_minor: number;
      closed_at: string | null;
      sales: number;
      cash_sales_minor: number;
      card_sales_minor: number;
      other_sales_minor: number;
      purchases_paid_minor: number;
      expected_cash_minor: number | null;
      counted_minor: number | null;
      over_short_minor: number | null;
    };
    Session: {
      staff: { id: string; name: string };
      register: { id: string; name: string };
      permissions: string[];
      shift: components["schemas"]["Shift"] | null;
    };
    Variant: {
      id: string;
      sku: string;
      name: string;
      category: string;
      unit: components["schemas"]["Unit"];
      unit_price: string;
      price_quantity: number;
      tax_rate_bps: number;
      on_hand: number;
      barcode: string | null;
    };
    BasketLine: {
      variant_id: string;
      quantity: number;
      unit_price?: string;
      price_reason?: string;
      discount_minor?: number;
      discount_reason?: string;
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
    Quote: {
      lines: components["schemas"]["QuoteLine"][];
      subtotal_minor: number;
      discount_minor: number;
      tax_minor: number;
      total_minor: number;
      suggested_cash_minor: number[];
    };
    Tender: { kind: "cash" | "card" | "coupon"; amount_minor: number; reference?: string | null };
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
      tenders: components["schemas"]["Tender"][];
      change_minor: number;
      seq: number;
    };
    SaleSummary: { id: string; receipt_number: string; closed_at: string; total_minor: number; lines: number; staff: string };
    Supplier: { id: string; name: string; code: string };
    Weight: { gross: number; tare: number; source: "scale" | "manual" };
    PurchaseLine: {
      variant_id: string;
      quantity?: number;
      weight?: components["schemas"]["Weight"];
      unit_cost: string;
      cost_quantity: number;
    };
    PurchaseQuoteLine: {
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
    };
    PurchaseQuote: { lines: components["schemas"]["PurchaseQuoteLine"][]; total_minor: number };
    Payment: { kind: "cash" | "account"; amount_minor: number };
    PurchaseTicket: {
      id: string;
      ticket_number: string;
      location: { id: string; name: string; code: string };
      supplier: components["schemas"]["Supplier"];
      staff: { id: string; name: string };
      closed_at: string;
      business_date: string;
      lines: components["schemas"]["PurchaseQuoteLine"][];
      total_minor: number;
      payment: components["schemas"]["Payment"];
      supplier_document?: string | null;
      seq: number;
    };
    PurchaseSummary: {
      id: string;
      ticket_number: string;
      closed_at: string;
      total_minor: number;
      lines: number;
      supplier: string;
      staff: string;
    };
  };
}

type S = components["schemas"];
export interface paths {
  "/v1/edge": { get: Get<S["EdgeInfo"]> };
  "/v1/staff": { get: Get<{ items: S["StaffTile"][] }> };
  "/v1/session": {
    get: Get<S["Session"]>;
    post: Post<S["Session"], { staff_id: string; pin: string; register_id: string }>;
    delete: Delete;
  };
  "/v1/products": { get: Get<{ items: S["Variant"][]; took_us: number }, { q?: string; limit?: number }> };
  "/v1/barcodes/{code}": {
    get: Get<{ variant: S["Variant"]; quantity: number; price_minor?: number | null }, never, { code: string }>;
  };
  "/v1/shifts/{id}": {
    get: Get<S["Shift"], never, { id: string }>;
    put: Put<S["Shift"], { register_id: string; float_minor: number }, { id: string }>;
  };
  "/v1/shifts/{id}/close": { post: PostAt<S["Shift"], { counted_minor: number }, { id: string }> };
  "/v1/quotes": { post: Post<S["Quote"], { lines: S["BasketLine"][] }> };
  "/v1/sales": { get: Get<{ items: S["SaleSummary"][]; next: string | null }, { limit?: number; cursor?: string }> };
  "/v1/sales/{id}": {
    get: Get<S["Receipt"], never, { id: string }>;
    put: Put<
      S["Receipt"],
      { shift_id: string; customer_id?: string | null; lines: S["BasketLine"][]; tenders: S["Tender"][]; expected_total_minor?: number },
      { id: string }
    >;
  };
  "/v1/suppliers": { get: Get<{ items: S["Supplier"][] }, { q?: string }> };
  "/v1/purchase-quotes": { post: Post<S["PurchaseQuote"], { lines: S["PurchaseLine"][] }> };
  "/v1/purchases": { get: Get<{ items: S["PurchaseSummary"][]; next: string | null }, { limit?: number; cursor?: string }> };
  "/v1/purchases/{id}": {
    get: Get<S["PurchaseTicket"], never, { id: string }>;
    put: Put<
      S["PurchaseTicket"],
      { shift_id: string; supplier_id: string; supplier_document?: string; lines: S["PurchaseLine"][]; payment: S["Payment"] },
      { id: string }
    >;
  };
}
