// What the edge's document is about to say. Goes when it does.
type Answers<T> = { responses: { 200: { headers: { [name: string]: unknown }; content: { "application/json": T } } } };
type Params<P> = { parameters: { query?: never; header?: never; cookie?: never } & P };
type Body<T> = { requestBody: { content: { "application/json": T } } };
type NoBody = { requestBody?: never };

export interface Accounts {
  node_rights: number;
  claim_bound: number;
  debt: number;
  picked: number;
  unsellable: number;
  shipped: number;
}
interface PickOrder {
  order_id: string;
  order_number: string;
  customer: string;
  received_at: string;
  state: string;
  lines: {
    reservation_id: string;
    variant_id: string;
    sku: string;
    name: string;
    unit: string;
    barcode: string | null;
    quantity: number;
    picked: number;
    state: string;
  }[];
}

export interface NextPaths {
  "/v1/edge": {
    get: Answers<{
      restricted: { cause: string; detail: string; advice: string } | null;
      sync: { at_risk: number; safe_seq: number; incarnation: number; upgrade: boolean };
      disk: { free_bytes: number; state: string };
      clock: { to_confirm: boolean };
    }>;
  };
  "/v1/edge/clock-confirmation": { post: Params<object> & Body<object> & Answers<unknown> };
  "/v1/barcodes/{code}": { get: Answers<{ variant: Accounts }> };
  "/v1/sales/{id}": {
    put: Body<{
      shortages?: { variant_id: string; answer: "found" | "counted" | "override"; counted?: number }[];
      override?: { staff_id: string; pin: string; reason: string };
    }>;
  };
  "/v1/picks": { get: Params<object> & NoBody & Answers<{ items: PickOrder[] }> };
  "/v1/picks/{order}/picking/{id}": {
    put: Params<{ path: { order: string; id: string } }> & Body<{ lines: { reservation_id: string; picked: number }[] }> & Answers<PickOrder>;
  };
  "/v1/picks/{order}/handover/{id}": {
    put: Params<{ path: { order: string; id: string } }> & Body<object> & Answers<PickOrder>;
  };
}
