import { queryOptions } from "@tanstack/react-query";

import { edge, type BasketLine, type NewSale, type Receipt } from "../../api/edge";
import { Problem, unwrap } from "../../api/problem";

/** What the basket costs; worked out by the edge, which knows prices, tax and promotions. */
export const quote = (lines: BasketLine[]) =>
  queryOptions({
    queryKey: ["quote", lines],
    queryFn: ({ signal }) => unwrap(edge.POST("/v1/quotes", { body: { lines }, signal })),
    enabled: lines.length > 0,
    staleTime: 60_000,
    gcTime: 60_000,
  });

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
