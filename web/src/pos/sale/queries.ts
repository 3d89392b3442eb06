import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";

import { edge } from "../../api/edge";
import { unwrap } from "../../api/problem";

const PAGE = 30;

/** The sales of this shop, newest first; `q` is a part of their number. */
export const recentSales = (q = "") =>
  infiniteQueryOptions({
    queryKey: ["sales", q],
    queryFn: ({ signal, pageParam }) =>
      unwrap(edge.GET("/v1/sales", { params: { query: { limit: PAGE, ...(q && { q }), ...(pageParam && { cursor: pageParam }) } }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  });

export const saleById = (id: string) =>
  queryOptions({
    queryKey: ["sale", id],
    queryFn: ({ signal }) => unwrap(edge.GET("/v1/sales/{id}", { params: { path: { id } }, signal })),
    staleTime: Number.POSITIVE_INFINITY, // a sale never changes
  });
