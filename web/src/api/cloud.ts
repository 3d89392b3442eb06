import createClient from "openapi-fetch";

import type { paths } from "./cloud.gen";

/** The office's server: all branches. */
export const cloud = createClient<paths>({ baseUrl: "/", credentials: "same-origin" });

type Read<P extends keyof paths> = paths[P] extends {
  get: { responses: { 200: { content: { "application/json": infer T } } } };
}
  ? T
  : never;

// Named from the operations, not from the schemas: a renamed schema does not touch the pages.
export type Session = Read<"/v1/session">;
export type Location = Session["locations"][number];
export type Overview = Read<"/v1/overview">;
export type OverviewLocation = Overview["locations"][number];
export type SaleReturn = Read<"/v1/returns">["items"][number];
export type SaleSummary = Read<"/v1/sales">["items"][number];
export type Sale = Read<"/v1/locations/{location}/sales/{business_date}/{id}">;
export type PurchaseSummary = Read<"/v1/purchases">["items"][number];
export type Purchase = Read<"/v1/locations/{location}/purchases/{business_date}/{id}">;
export type StockItem = Read<"/v1/stock">["items"][number];
export type StockAccounts = StockItem["totals"];
export type StockDetail = Read<"/v1/stock/{variant}">;
export type StockChange = Read<"/v1/stock/{variant}/history">["items"][number];
export type OrderSummary = Read<"/v1/orders">["items"][number];
export type Order = Read<"/v1/orders/{id}">;
export type Channel = Read<"/v1/channels">["items"][number];
export type Day = Read<"/v1/completeness">["items"][number];
export type Blocker = Day["blockers"][number];
export type HeldDetail = Read<"/v1/held-events/{node}/{epoch}/{seq}">;
export type HeldEvent = Read<"/v1/held-events">["items"][number];
export type Invariants = Read<"/v1/invariants">;
export type StockCase = Read<"/v1/stock-cases">["items"][number];
export type Node = Read<"/v1/nodes">["items"][number];
export type NodeProblem = Read<"/v1/nodes/{node}/problems">["items"][number];
export type Job = Read<"/v1/jobs">["items"][number];
export type Person = Read<"/v1/staff">["items"][number];
export type PersonGrant = Person["grants"][number];
export type Effective = Read<"/v1/staff/{staff}/effective">;
export type Role = Read<"/v1/roles">["items"][number];
export type RolePermission = Role["permissions"][number];
export type PermissionInfo = Read<"/v1/permissions">["items"][number];
export type Region = Read<"/v1/regions">["items"][number];
export type Approval = Read<"/v1/approvals">["items"][number];
export type AuditEntry = Read<"/v1/audit">["items"][number];
export type SignedIn = Read<"/v1/me/sessions">["items"][number];
export type IdentityProvider = Read<"/v1/identity-providers">["items"][number];
export type ApiToken = Read<"/v1/tokens">["items"][number];
export type Customer = Read<"/v1/shop/me">;
export type ProductSummary = Read<"/v1/products">["items"][number];
export type Product = Read<"/v1/products/{product}">;
export type ProductVariant = Product["variants"][number];
export type NewProduct = paths["/v1/products/{product}"]["put"]["requestBody"]["content"]["application/json"];
export type Gallery = Read<"/v1/products/{product}/pictures">;
export type Picture = Gallery["items"][number];
export type NewGallery = paths["/v1/products/{product}/pictures"]["put"]["requestBody"]["content"]["application/json"];
export type KeptPicture = NewGallery["items"][number];
export type RecordChange = Read<"/v1/catalog-changes/{subject}">["items"][number];
export type PriceVersion = Read<"/v1/variants/{variant}/prices">["items"][number];
export type LocationRecord = Read<"/v1/location-records">["items"][number];
export type Patron = paths["/v1/patron-searches"]["post"]["responses"][200]["content"]["application/json"]["items"][number];
export type PatronDetail = Read<"/v1/patrons/{patron}">;
export type NewPatron = paths["/v1/patrons/{patron}"]["put"]["requestBody"]["content"]["application/json"];
export type PromotionSummary = Read<"/v1/promotions">["items"][number];
export type Promotion = Read<"/v1/promotions/{promotion}">;
export type NewPromotion = paths["/v1/promotions/{promotion}"]["put"]["requestBody"]["content"]["application/json"];
export type Category = Read<"/v1/categories">["items"][number];
export type Import = Read<"/v1/imports/{import}">;
export type ImportKind = paths["/v1/imports/{import}"]["put"]["requestBody"]["content"]["application/json"]["kind"];
export type DrawerOfShift = Read<"/v1/drawers">["items"][number];
export type ZReportSummary = Read<"/v1/z-reports">["items"][number];
export type SupplierAccount = Read<"/v1/supplier-accounts">["items"][number];
export type SupplierAccountDetail = Read<"/v1/supplier-accounts/{supplier}">;
export type SupplierEntry = Read<"/v1/supplier-accounts/{supplier}/entries">["items"][number];
export type NewSupplierDocument = paths["/v1/supplier-accounts/{supplier}/documents/{id}"]["put"]["requestBody"]["content"]["application/json"];
export type Invitation = Read<"/v1/invitations">["items"][number];
