import { queryOptions } from "@tanstack/react-query";

import { edge, type NewReturn, type ReturnLine } from "../../api/edge";
import { unwrap } from "../../api/problem";

/** The sale of a number, as it is on the receipt. */
export const receiptByNumber = (number: string) =>
  queryOptions({
    queryKey: ["receipt", number],
    queryFn: ({ signal }) => unwrap(edge.GET("/v1/receipts/{number}", { params: { path: { number } }, signal })),
    staleTime: Number.POSITIVE_INFINITY, // a sale never changes
  });

/** What has come back of a sale. */
export const returnsOf = (id: string) =>
  queryOptions({
    queryKey: ["returns", id],
    queryFn: ({ signal }) => unwrap(edge.GET("/v1/sales/{id}/returns", { params: { path: { id } }, signal })),
  });

/** What a customer gets, and why; worked out by the edge, under the promotions of then. */
export const returnQuote = (id: string, lines: ReturnLine[]) =>
  queryOptions({
    queryKey: ["returns", id, "quote", lines],
    queryFn: ({ signal }) => unwrap(edge.POST("/v1/sales/{id}/return-quotes", { params: { path: { id } }, body: { lines }, signal })),
    enabled: lines.length > 0,
    gcTime: 60_000,
  });

export const recordReturn = (sale: string, id: string, body: NewReturn) =>
  unwrap(edge.PUT("/v1/sales/{id}/returns/{return_id}", { params: { path: { id: sale, return_id: id } }, body }));
