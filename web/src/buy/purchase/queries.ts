import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { edge, type NewPurchase, type NewPurchaseCorrection, type NewPurchaseVoid, type PurchaseLine, type PurchaseTicket } from "../../api/edge";
import { Problem, unwrap } from "../../api/problem";

const PAGE = 30;

export const suppliers = (q: string) =>
  queryOptions({
    queryKey: ["suppliers", q],
    queryFn: async ({ signal }) => (await unwrap(edge.GET("/v1/suppliers", { params: { query: { q } }, signal }))).items,
    staleTime: 60_000,
  });

/** What goods are weighed in here. */
export const containers = queryOptions({
  queryKey: ["containers"],
  queryFn: async ({ signal }) => (await unwrap(edge.GET("/v1/containers", { signal }))).items,
  staleTime: 60_000,
});

/** What the lines cost; worked out and rounded by the edge. `corrects`: the purchase whose containers count as they were then. */
export const purchaseQuote = (lines: PurchaseLine[], corrects?: string) =>
  queryOptions({
    queryKey: ["purchase-quote", lines, corrects],
    queryFn: ({ signal }) => unwrap(edge.POST("/v1/purchase-quotes", { body: { lines, ...(corrects && { corrects }) }, signal })),
    enabled: lines.length > 0,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });

/** A purchase, and whether it had been recorded before. */
export interface Recorded {
  ticket: PurchaseTicket;
  wasRecorded: boolean;
}

/** Records the purchase. The same id with other content means that an earlier answer was lost: that ticket is shown. */
export async function recordPurchase(id: string, purchase: NewPurchase): Promise<Recorded> {
  try {
    const ticket = await unwrap(edge.PUT("/v1/purchases/{id}", { params: { path: { id } }, body: purchase }));
    return { ticket, wasRecorded: false };
  } catch (problem) {
    if (!(problem instanceof Problem && problem.code === "purchase.id_reused")) throw problem;
    return { ticket: await unwrap(edge.GET("/v1/purchases/{id}", { params: { path: { id } } })), wasRecorded: true };
  }
}

/** Takes a purchase back. Repeating the same id is the same void. */
export const voidPurchase = (purchase: string, id: string, body: NewPurchaseVoid) =>
  unwrap(edge.PUT("/v1/purchases/{id}/voids/{void_id}", { params: { path: { id: purchase, void_id: id } }, body }));

/** Puts another purchase in the place of one. */
export const correctPurchase = (purchase: string, id: string, body: NewPurchaseCorrection) =>
  unwrap(edge.PUT("/v1/purchases/{id}/corrections/{correction_id}", { params: { path: { id: purchase, correction_id: id } }, body }));

/** The purchases of this shop, newest first. */
export const recentPurchases = infiniteQueryOptions({
  queryKey: ["purchases"],
  queryFn: ({ signal, pageParam }) =>
    unwrap(edge.GET("/v1/purchases", { params: { query: { limit: PAGE, ...(pageParam && { cursor: pageParam }) } }, signal })),
  initialPageParam: "",
  getNextPageParam: (page) => page.next,
});

export const purchaseById = (id: string) =>
  queryOptions({
    queryKey: ["purchase", id],
    queryFn: ({ signal }) => unwrap(edge.GET("/v1/purchases/{id}", { params: { path: { id } }, signal })),
    staleTime: 5_000, // it never changes, and may be taken back
  });
