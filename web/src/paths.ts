/** The only builder of URLs: of pages, and of the live sockets. */

type Filter = Record<string, string | undefined>;

function withQuery(path: string, filter: Filter = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) if (value) query.set(name, value);
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

const at = (...parts: string[]): string => `/${parts.map(encodeURIComponent).join("/")}`;

export type StationKind = "pos" | "buy";

export const paths = {
  start: () => "/",
  pos: {
    till: () => "/pos",
    sales: () => "/pos/sales",
    sale: (id: string) => at("pos", "sales", id),
    returns: (number: string) => at("pos", "returns", number),
    picks: () => "/pos/picks",
  },
  buy: {
    station: () => "/buy",
    purchases: () => "/buy/purchases",
    purchase: (id: string) => at("buy", "purchases", id),
  },
  stationStock: (kind: StationKind) => at(kind, "stock"),
  shift: (kind: StationKind) => at(kind, "shift"),
  prints: (kind: StationKind) => at(kind, "prints"),
  cash: (kind: StationKind) => at(kind, "cash"),
  report: (kind: StationKind, shift: string) => at(kind, "reports", shift),
  zReports: (kind: StationKind) => at(kind, "reports"),
  office: {
    overview: (filter?: { branch?: string | undefined; date?: string | undefined }) => withQuery("/office", filter),
    signIn: (back?: string, problem?: string) => withQuery("/office/sign-in", { back, problem }),
    sales: (filter?: ListFilter) => withQuery("/office/sales", { ...filter }),
    sale: (location: string, date: string, id: string) => at("office", "sales", location, date, id),
    returns: (filter?: ListFilter) => withQuery("/office/returns", { ...filter }),
    purchases: (filter?: ListFilter) => withQuery("/office/purchases", { ...filter }),
    purchase: (location: string, date: string, id: string) => at("office", "purchases", location, date, id),
    supplierAccounts: (filter?: { branch?: string | undefined; q?: string | undefined; only?: string | undefined; sort?: string | undefined }) =>
      withQuery("/office/supplier-accounts", filter),
    supplierAccount: (supplier: string, filter?: ListFilter) => withQuery(at("office", "supplier-accounts", supplier), { ...filter }),
    stock: (filter?: { branch?: string | undefined; q?: string | undefined; only?: string | undefined }) => withQuery("/office/stock", filter),
    stockOf: (variant: string, branch?: string) => withQuery(at("office", "stock", variant), { branch }),
    orders: (filter?: OrderFilter) => withQuery("/office/orders", { ...filter }),
    newOrder: () => "/office/orders/new",
    order: (id: string) => at("office", "orders", id),
    products: (filter?: { q?: string | undefined; category?: string | undefined; state?: string | undefined }) => withQuery("/office/products", filter),
    /** The file itself, as an image shows it. */
    picture: (hash: string) => at("v1", "pictures", hash),
    product: (id: string) => at("office", "products", id),
    promotions: (filter?: { q?: string | undefined; state?: string | undefined }) => withQuery("/office/promotions", filter),
    promotion: (id: string) => at("office", "promotions", id),
    customers: () => "/office/customers",
    customer: (id: string) => at("office", "customers", id),
    imports: () => "/office/imports",
    list: (kind: string, filter?: { q?: string | undefined }) => withQuery(at("office", "lists", kind), filter),
    lists: () => "/office/lists",
    locations: () => "/office/locations",
    integrity: () => "/office/integrity",
    days: (filter?: { branch?: string | undefined; to?: string | undefined }) => withQuery("/office/days", filter),
    held: (filter?: { branch?: string | undefined; state?: string | undefined }) => withQuery("/office/held", filter),
    heldEvent: (node: string, epoch: number, seq: number) => at("office", "held", node, String(epoch), String(seq)),
    cases: (filter?: { branch?: string | undefined; state?: string | undefined }) => withQuery("/office/cases", filter),
    drawers: (filter?: ListFilter) => withQuery("/office/drawers", { ...filter }),
    zReports: (filter?: ListFilter) => withQuery("/office/z-reports", { ...filter }),
    zReport: (location: string, shift: string) => at("office", "z-reports", location, shift),
    channels: () => "/office/channels",
    nodes: () => "/office/nodes",
    node: (id: string) => at("office", "nodes", id),
    jobs: () => "/office/jobs",
    people: (filter?: { branch?: string | undefined; q?: string | undefined; role?: string | undefined; state?: string | undefined }) =>
      withQuery("/office/people", filter),
    person: (id: string) => at("office", "people", id),
    invitations: () => "/office/invitations",
    roles: () => "/office/roles",
    role: (id: string) => at("office", "roles", id),
    regions: () => "/office/regions",
    approvals: (filter?: { state?: string | undefined }) => withQuery("/office/approvals", filter),
    audit: (filter?: AuditFilter) => withQuery("/office/audit", { ...filter }),
    account: () => "/office/account",
    providers: () => "/office/providers",
    tokens: () => "/office/tokens",
  },
  shop: {
    customer: () => "/shop",
    login: (problem?: string) => withQuery("/shop/login", { problem }),
    signInBy: (provider: string) => `/v1/shop/oidc/${encodeURIComponent(provider)}`,
  },
  /** Leads to a provider's own page, and back to one of the office's. */
  signInBy: (provider: string, back: string) => withQuery(`/v1/session/oidc/${encodeURIComponent(provider)}`, { return_to: back }),
  /** The audit as a file for a spreadsheet. */
  auditFile: (filter: Record<string, string | boolean>) =>
    withQuery("/v1/audit", { ...Object.fromEntries(Object.entries(filter).map(([name, value]) => [name, String(value)])), format: "csv" }),
  /** Z reports as a file for a spreadsheet. */
  zReportsFile: (filter: { location?: string | undefined; from?: string | undefined; to?: string | undefined }) =>
    withQuery("/v1/z-reports", { ...filter, format: "csv" }),
  /** The account of a supplier as a file for a spreadsheet. */
  supplierFile: (supplier: string, filter: { location?: string | undefined; from?: string | undefined; to?: string | undefined }) =>
    withQuery(at("v1", "supplier-accounts", supplier, "entries"), { ...filter, format: "csv" }),
  /** The voucher codes of a promotion as a file for a spreadsheet. */
  vouchersFile: (promotion: string) => withQuery(at("v1", "promotions", promotion, "vouchers"), { format: "csv" }),
  /** Products, categories or suppliers as a file that can be taken in again. */
  exportFile: (kind: string, form?: "xlsx") => withQuery(at("v1", "exports", kind), form && { form }),
  /** The rows of a file that were refused, as a file. */
  importErrors: (id: string) => at("v1", "imports", id, "errors.csv"),
  /** The live socket of this origin, from the message after `after` on. */
  live: (origin: string, after?: number) =>
    withQuery(`${origin.replace(/^http/, "ws")}/v1/live`, after === undefined ? {} : { after: String(after) }),
};

/** What the audit is narrowed to; kept in the URL. */
export interface AuditFilter {
  branch?: string | undefined;
  staff?: string | undefined;
  action?: string | undefined;
  from?: string | undefined;
  until?: string | undefined;
  q?: string | undefined;
  flagged?: string | undefined;
}

/** What the list of orders is narrowed to. */
export interface OrderFilter {
  branch?: string | undefined;
  state?: string | undefined;
  q?: string | undefined;
}

/** What a list of sales or purchases is narrowed to; kept in the URL. */
export interface ListFilter {
  branch?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  q?: string | undefined;
}
