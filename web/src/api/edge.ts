import createClient from "openapi-fetch";

import type { components, paths } from "./edge.gen";

/** The shop's own node, on the shop's own network. */
export const edge = createClient<paths>({ baseUrl: "/", credentials: "same-origin" });

type Read<P extends keyof paths> = paths[P] extends {
  get: { responses: { 200: { content: { "application/json": infer T } } } };
}
  ? T
  : never;
type Sent<P extends keyof paths, M extends "post" | "put"> = paths[P] extends {
  [K in M]: { requestBody: { content: { "application/json": infer T } } };
}
  ? T
  : never;
type Put<P extends keyof paths> = paths[P] extends {
  put: { responses: { 200: { content: { "application/json": infer T } } } };
}
  ? T
  : never;
type Answered<P extends keyof paths> = paths[P] extends {
  post: { responses: { 200: { content: { "application/json": infer T } } } };
}
  ? T
  : never;

// Named from the operations, not from the schemas: a renamed schema does not touch the pages.
export type EdgeInfo = Read<"/v1/edge">;
export type Sync = EdgeInfo["sync"];
export type StaffTile = Read<"/v1/staff">["items"][number];
export type Session = Read<"/v1/session">;
export type Shift = Read<"/v1/shifts/{id}">;
export type Variant = Read<"/v1/products">["items"][number];
export type Unit = Variant["unit"];
export type Scanned = Read<"/v1/barcodes/{code}">;
export type Quote = Answered<"/v1/quotes">;
export type QuoteLine = Quote["lines"][number];
export type BasketLine = Sent<"/v1/quotes", "post">["lines"][number];
export type NewLineApproval = Sent<"/v1/line-approvals/{id}", "put">;
export type NewVoid = Sent<"/v1/voids/{id}", "put">;
export type NewParked = Sent<"/v1/parked-baskets/{id}", "put">;
export type ParkedBasket = Read<"/v1/parked-baskets">["items"][number];
export type RecalledBasket = Answered<"/v1/parked-baskets/{id}/recall">;
export type ShownVoucher = Put<"/v1/baskets/{sale}/vouchers/{code}">;
/** Why a basket costs what it costs. */
export type Reasons = components["schemas"]["Reasons"];
export type TenderKind = Tender["kind"];
export type Patron = NonNullable<Answered<"/v1/patron-lookups">["patron"]>;
export type NewPatron = Sent<"/v1/patrons/{id}", "put">;
export type NewSale = Sent<"/v1/sales/{id}", "put">;
export type Tender = NewSale["tenders"][number];
export type Receipt = Read<"/v1/sales/{id}">;
export type SaleSummary = Read<"/v1/sales">["items"][number];
export type ReturnQuote = Answered<"/v1/sales/{id}/return-quotes">;
export type ReturnLine = Sent<"/v1/sales/{id}/return-quotes", "post">["lines"][number];
export type NewReturn = Sent<"/v1/sales/{id}/returns/{return_id}", "put">;
export type SaleReturns = Read<"/v1/sales/{id}/returns">;
export type SaleReturn = SaleReturns["items"][number];
export type Supplier = Read<"/v1/suppliers">["items"][number];
export type Container = Read<"/v1/containers">["items"][number];
export type PurchaseLine = Sent<"/v1/purchase-quotes", "post">["lines"][number];
export type PurchaseQuote = Answered<"/v1/purchase-quotes">;
export type NewPurchase = Sent<"/v1/purchases/{id}", "put">;
export type NewPurchaseVoid = Sent<"/v1/purchases/{id}/voids/{void_id}", "put">;
export type NewPurchaseCorrection = Sent<"/v1/purchases/{id}/corrections/{correction_id}", "put">;
export type PurchaseTicket = Read<"/v1/purchases/{id}">;
export type StockLine = Read<"/v1/stock">["items"][number];
export type PickOrder = Read<"/v1/picks">["items"][number];
export type PickLine = PickOrder["lines"][number];
export type ShortageAnswer = NonNullable<NewSale["shortages"]>[number];
export type Override = NonNullable<NewSale["override"]>;

export type Print = Read<"/v1/prints">["items"][number];
export type PrinterOfRegister = Read<"/v1/printers">["items"][number];
export type Printer = NonNullable<PrinterOfRegister["printer"]>;
export type CashRules = Read<"/v1/cash">;
export type CashMovement = Read<"/v1/shifts/{id}/cash-movements">["items"][number];
export type CashWay = CashMovement["kind"];
export type DrawerCount = paths["/v1/shifts/{shift}/counts/{id}"]["put"]["responses"][200]["content"]["application/json"];
export type SecondWord = NonNullable<Sent<"/v1/shifts/{id}/close", "post">["approval"]>;
export type Letterhead = Read<"/v1/letterhead">;

/** What a till lacks of one variant: a figure of `stock.shortage`. */
export type Shortage = components["schemas"]["Shortage"];
export type PurchaseSummary = Read<"/v1/purchases">["items"][number];
