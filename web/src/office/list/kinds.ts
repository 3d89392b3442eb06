import { cloud } from "../../api/cloud";
import { unwrap } from "../../api/problem";

/** A row of any list: what it has beyond these is in its kind's fields. */
export interface Row {
  id: string;
  version: number;
  name: string;
  [field: string]: unknown;
}

export type Input = "text" | "percent" | "whole" | "flag" | "instant" | "parent";

export interface Field {
  name: "name" | "code" | "tare" | "parent" | "phone" | "email" | "address" | "active" | "rate_bps" | "tax_included" | "currency" | "priority" | "valid_from" | "valid_until";
  input: Input;
  isNeeded?: boolean;
  /** Said once, when it is new. */
  isFixed?: boolean;
  /** What a new one has. */
  first?: string | boolean;
  hint?: "tare" | "rate_bps" | "priority" | "currency" | "valid_from" | "valid_until" | "tax_included";
}

export interface Page {
  items: Row[];
  next?: string | null;
}

interface Kind {
  fields: Field[];
  /** How many of what it has. */
  count?: "products" | "variants";
  permission: "catalog.manage" | "price.manage";
  page: (q: string, cursor: string, signal?: AbortSignal) => Promise<Page>;
  put: (id: string, body: Record<string, unknown>) => Promise<unknown>;
}

const all = (page: { items: unknown[] }): Page => ({ items: page.items as Row[], next: null });
const name: Field = { name: "name", input: "text", isNeeded: true };
const code: Field = { name: "code", input: "text", isNeeded: true };

/** Bodies are made from the fields, so their types end here. */
type Body = never;

export const KINDS = {
  categories: {
    fields: [name, { name: "code", input: "text" }, { name: "parent", input: "parent" }],
    count: "products",
    permission: "catalog.manage",
    page: (_q, _cursor, signal) => unwrap(cloud.GET("/v1/categories", { signal: signal ?? null })).then(all),
    put: (category, body) => unwrap(cloud.PUT("/v1/categories/{category}", { params: { path: { category } }, body: body as Body })),
  },
  brands: {
    fields: [name],
    count: "products",
    permission: "catalog.manage",
    page: (_q, _cursor, signal) => unwrap(cloud.GET("/v1/brands", { signal: signal ?? null })).then(all),
    put: (brand, body) => unwrap(cloud.PUT("/v1/brands/{brand}", { params: { path: { brand } }, body: body as Body })),
  },
  suppliers: {
    fields: [
      name,
      code,
      { name: "phone", input: "text" },
      { name: "email", input: "text" },
      { name: "address", input: "text" },
      { name: "active", input: "flag", first: true },
    ],
    count: "variants",
    permission: "catalog.manage",
    page: (q, cursor, signal) =>
      unwrap(
        cloud.GET("/v1/suppliers", { params: { query: { limit: 100, ...(q && { q }), ...(cursor && { cursor }) } }, signal: signal ?? null }),
      ) as Promise<unknown> as Promise<Page>,
    put: (supplier, body) => unwrap(cloud.PUT("/v1/suppliers/{supplier}", { params: { path: { supplier } }, body: body as Body })),
  },
  containers: {
    fields: [name, code, { name: "tare", input: "whole", isNeeded: true, hint: "tare" }, { name: "active", input: "flag", first: true }],
    permission: "catalog.manage",
    page: (_q, _cursor, signal) => unwrap(cloud.GET("/v1/containers", { signal: signal ?? null })).then(all),
    put: (container, body) => unwrap(cloud.PUT("/v1/containers/{container}", { params: { path: { container } }, body: body as Body })),
  },
  taxes: {
    fields: [name, { name: "rate_bps", input: "percent", isNeeded: true, hint: "rate_bps" }],
    permission: "catalog.manage",
    page: (_q, _cursor, signal) => unwrap(cloud.GET("/v1/taxes", { signal: signal ?? null })).then(all),
    put: (tax, body) => unwrap(cloud.PUT("/v1/taxes/{tax}", { params: { path: { tax } }, body: body as Body })),
  },
  priceLists: {
    fields: [
      name,
      code,
      { name: "priority", input: "whole", isNeeded: true, first: "10", hint: "priority" },
      { name: "tax_included", input: "flag", isFixed: true, first: true, hint: "tax_included" },
      { name: "currency", input: "text", isFixed: true, hint: "currency" },
      { name: "valid_from", input: "instant", hint: "valid_from" },
      { name: "valid_until", input: "instant", hint: "valid_until" },
    ],
    count: "variants",
    permission: "price.manage",
    page: (_q, _cursor, signal) => unwrap(cloud.GET("/v1/price-lists", { signal: signal ?? null })).then(all),
    put: (price_list, body) => unwrap(cloud.PUT("/v1/price-lists/{price_list}", { params: { path: { price_list } }, body: body as Body })),
  },
} as const satisfies Record<string, Kind>;

export type KindName = keyof typeof KINDS;
export const kindOf = (kind: KindName): Kind => KINDS[kind];
export const isKind = (name_: string | undefined): name_ is KindName => name_ !== undefined && Object.hasOwn(KINDS, name_);

/** As it stands now; asked for again when somebody else was faster. */
export async function fresh(kind: KindName, before: Row): Promise<Row | undefined> {
  const { page } = kindOf(kind);
  for (const q of [before.name, ""]) {
    let cursor = "";
    do {
      // One page after the other: the row is on the first one nearly always.
      // oxlint-disable-next-line no-await-in-loop
      const found = await page(q, cursor);
      const row = found.items.find(({ id }) => id === before.id);
      if (row) return row;
      cursor = found.next ?? "";
    } while (cursor);
  }
  return undefined;
}
