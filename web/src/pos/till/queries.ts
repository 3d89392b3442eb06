import { queryOptions } from "@tanstack/react-query";

import { edge, type NewLineApproval, type NewParked, type NewPatron, type NewSale, type NewVoid, type Receipt, type TenderKind } from "../../api/edge";
import { Problem, unwrap } from "../../api/problem";
import { toLines, whose, type Basket } from "./basket";

/** What depends on the time of day may have changed. */
const REPRICE_MS = 30_000;

/** What the basket costs, when it is paid so; worked out by the edge, which knows prices, tax and promotions. */
export const quote = (basket: Basket, tenders: TenderKind[] = []) => {
  const body = { sale_id: basket.sale, lines: toLines(basket), ...whose(basket), tenders };
  return queryOptions({
    queryKey: ["quote", body],
    queryFn: ({ signal }) => unwrap(edge.POST("/v1/quotes", { body, signal })),
    enabled: basket.lines.length > 0,
    refetchInterval: REPRICE_MS,
    staleTime: 60_000,
    gcTime: 60_000,
  });
};

/** What a code opens, as it was typed or scanned; some are for some customers, or for baskets that were begun in time. */
export const showVoucher = ({ sale, patron, begun: begun_at }: Pick<Basket, "sale" | "patron" | "begun">, code: string) => {
  const query = { ...(patron && { patron_id: patron.id }), ...(begun_at !== null && { begun_at }) };
  return unwrap(edge.PUT("/v1/baskets/{sale}/vouchers/{code}", { params: { path: { sale, code }, query } }));
};

/** A sale, and whether it had been recorded before. */
export interface Closed {
  receipt: Receipt;
  wasRecorded: boolean;
}

/** Closes the sale. The same id with other content means that an earlier answer was lost: that sale is shown. */
export async function closeSale(id: string, sale: NewSale): Promise<Closed> {
  try {
    const receipt = await unwrap(edge.PUT("/v1/sales/{id}", { params: { path: { id } }, body: sale }));
    return { receipt, wasRecorded: false };
  } catch (problem) {
    if (!(problem instanceof Problem && problem.code === "sale.id_reused")) throw problem;
    return { receipt: await unwrap(edge.GET("/v1/sales/{id}", { params: { path: { id } } })), wasRecorded: true };
  }
}

/** Lets a line be cheaper; refused with `permission.…` when a supervisor has to. */
export const approveLine = (id: string, body: NewLineApproval) =>
  unwrap(edge.PUT("/v1/line-approvals/{id}", { params: { path: { id } }, body }));

/** Records what is taken out of a basket. */
export const voidLines = (id: string, body: NewVoid) => unwrap(edge.PUT("/v1/voids/{id}", { params: { path: { id } }, body }));

/** Who has a number, as far as this shop knows; null: nobody. */
export const findPatron = async (phone: string) => (await unwrap(edge.POST("/v1/patron-lookups", { body: { phone } }))).patron;

export const registerPatron = (id: string, body: NewPatron) => unwrap(edge.PUT("/v1/patrons/{id}", { params: { path: { id } }, body }));

/** The socket tells of every change; this catches what it missed. */
const REFRESH_MS = 30_000;

/** Baskets that wait in this shop, the oldest first. */
export const parkedBaskets = queryOptions({
  queryKey: ["parked"],
  queryFn: async ({ signal }) => (await unwrap(edge.GET("/v1/parked-baskets", { signal }))).items,
  refetchInterval: REFRESH_MS,
});

export const parkBasket = (id: string, body: NewParked) => unwrap(edge.PUT("/v1/parked-baskets/{id}", { params: { path: { id } }, body }));

export const recallBasket = (id: string) => unwrap(edge.POST("/v1/parked-baskets/{id}/recall", { params: { path: { id } } }));
