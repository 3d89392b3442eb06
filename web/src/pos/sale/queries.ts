import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { edge } from "../../api/edge";
import { unwrap } from "../../api/problem";

const PAGE = 30;

/** The sales of this shop, newest first. */
export const recentSales = infiniteQueryOptions({
  queryKey: ["sales"],
  queryFn: ({ signal, pageParam }) =>
    unwrap(edge.GET("/v1/sales", { params: { query: { limit: PAGE, ...(pageParam && { cursor: pageParam }) } }, signal })),
  initialPageParam: "",
  getNextPageParam: (page) => page.next,
});

export const saleById = (id: string) =>
  queryOptions({
    queryKey: ["sale", id],
    queryFn: ({ signal }) => unwrap(edge.GET("/v1/sales/{id}", { params: { path: { id } }, signal })),
    staleTime: Number.POSITIVE_INFINITY, // a sale never changes
  });
