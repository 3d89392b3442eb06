import type { Session } from "../../api/cloud";
import { paths } from "../../paths";
import { may, mayEverywhere } from "./SessionContext";

/** What one needs for a page of the office: any of these anywhere, all of these anywhere, or any in the whole chain. */
interface Needs {
  any?: readonly string[];
  all?: readonly string[];
  everywhere?: readonly string[];
}

/** By the first part of the address; a page that is not here is for everybody who is signed in. */
const NEEDS = {
  overview: { any: ["report.revenue", "report.purchases"] },
  sales: { any: ["sale.read"] },
  returns: { any: ["sale.read"] },
  purchases: { any: ["purchase.read"] },
  "supplier-accounts": { any: ["purchase.read"] },
  orders: { any: ["order.read"] },
  newOrder: { all: ["order.manage", "order.read", "stock.read"] },
  stock: { any: ["stock.read"] },
  products: { any: ["catalog.read"] },
  lists: { any: ["catalog.read"] },
  promotions: { any: ["promotion.read"] },
  customers: { any: ["customer.read"] },
  imports: { everywhere: ["catalog.manage"] },
  drawers: { any: ["cash.read"] },
  "z-reports": { any: ["cash.read"] },
  integrity: { any: ["node.read"] },
  days: { any: ["node.read"] },
  held: { any: ["node.read"] },
  cases: { any: ["stock.read"] },
  nodes: { any: ["node.read"] },
  channels: { everywhere: ["channel.manage"] },
  jobs: { everywhere: ["job.read"] },
  people: { any: ["staff.read"] },
  invitations: { any: ["staff.manage"] },
  locations: { everywhere: ["location.manage"] },
  regions: { everywhere: ["staff.manage"] },
  roles: { any: ["staff.read"] },
  // Who may ask for something sees what became of it.
  approvals: { any: ["approval.decide", "role.manage", "node.fence", "stock.count"] },
  audit: { any: ["audit.read"] },
  providers: { everywhere: ["provider.manage"] },
  tokens: { everywhere: ["token.manage"] },
} as const satisfies Record<string, Needs>;

export type PageName = keyof typeof NEEDS;

const isPage = (name: string): name is PageName => Object.hasOwn(NEEDS, name);

/** Whether the person may open a page of that name. */
export function mayOpen(session: Session, page: PageName): boolean {
  const { any = [], all = [], everywhere = [] }: Needs = NEEDS[page];
  return (
    any.some((permission) => may(session, permission)) ||
    (all.length > 0 && all.every((permission) => may(session, permission))) ||
    everywhere.some((permission) => mayEverywhere(session, permission))
  );
}

/** The first page that the person may open, in the order of the bar. */
export function firstPage(session: Session): string | undefined {
  const page = (Object.keys(NEEDS) as PageName[]).find((name) => mayOpen(session, name));
  return page && (page === "overview" ? paths.office.overview() : `${paths.office.overview()}/${page}`);
}

/** Everybody has tokens of their own; the bar leads those there who look after all. */
const OPEN: readonly PageName[] = ["tokens"];

/** The page of an address of the office; none for what everybody may open, as their own account. */
export function pageOf(path: string): PageName | undefined {
  if (path === paths.office.newOrder()) return "newOrder";
  const name = path.replace(/^\/office\/?/, "").split("/")[0] || "overview";
  return isPage(name) && !OPEN.includes(name) ? name : undefined;
}
