import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { cloud } from "../../api/cloud";
import { unwrap } from "../../api/problem";
import type { OrderFilter } from "../../paths";

const PAGE = 50;
const REFRESH_MS = 5_000;
/** How often a cart is priced again. */
const QUOTE_MS = 10_000;

/** Online orders, newest first. */
export const orders = ({ branch, state, q }: OrderFilter) =>
  infiniteQueryOptions({
    queryKey: ["orders", branch, state, q],
    queryFn: ({ signal, pageParam }) =>
      unwrap(
        cloud.GET("/v1/orders", {
          params: { query: { limit: PAGE, ...(branch && { location: branch }), ...(state && { state }), ...(q && { q }), ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
    refetchInterval: REFRESH_MS,
  });

export const order = (id: string) =>
  queryOptions({
    queryKey: ["order", id],
    queryFn: ({ signal }) => unwrap(cloud.GET("/v1/orders/{id}", { params: { path: { id } }, signal })),
    refetchInterval: REFRESH_MS,
  });

export interface NewCart {
  lines: { variant_id: string; quantity: number }[];
  location_id?: string;
  /** As they were typed, or in their one form. */
  vouchers: string[];
}

export interface NewOrder extends NewCart {
  customer: string;
  /** What the customer was told: it is refused when it costs anything else. */
  expected_total_minor?: number;
}

/** What a cart costs now, and what became of its codes. */
export const priceCart = (cart: NewCart, signal?: AbortSignal) => unwrap(cloud.POST("/v1/carts/quote", { body: cart, ...(signal && { signal }) }));

/** The same, as long as it is looked at: what is limited may be sold out meanwhile. */
export const cartQuote = (cart: NewCart) =>
  queryOptions({
    queryKey: ["cart-quote", cart],
    queryFn: ({ signal }) => priceCart(cart, signal),
    enabled: cart.lines.length > 0,
    refetchInterval: QUOTE_MS,
    retry: false,
  });

/** Places an order; the id makes a repeat the same order. */
export const placeOrder = (id: string, body: NewOrder) => unwrap(cloud.PUT("/v1/orders/{id}", { params: { path: { id } }, body }));

export const claimOrder = (id: string, payment: string) => unwrap(cloud.POST("/v1/orders/{id}/claim", { params: { path: { id } }, body: { payment } }));

export const cancelOrder = (id: string, reason: string) => unwrap(cloud.POST("/v1/orders/{id}/cancellation", { params: { path: { id } }, body: { reason } }));

/** A warehouse without a node: all of a promise was on its shelf. */
export const pickAtOffice = (id: string, location_id: string, reservation_id: string, picked: number) =>
  unwrap(cloud.POST("/v1/orders/{id}/pickings", { params: { path: { id } }, body: { location_id, lines: [{ reservation_id, picked }] } }));

export const handOverAtOffice = (id: string, location_id: string) =>
  unwrap(cloud.POST("/v1/orders/{id}/handovers", { params: { path: { id } }, body: { location_id } }));
