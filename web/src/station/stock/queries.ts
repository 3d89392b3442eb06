import { infiniteQueryOptions } from "@tanstack/react-query";

import { edge, type StockLine } from "../../api/edge";
import { unwrap } from "../../api/problem";

const PAGE = 50;

/** What lies here, by name; moved by the socket. */
export const stock = (q: string) =>
  infiniteQueryOptions({
    queryKey: ["stock", q],
    queryFn: ({ signal, pageParam }): Promise<{ items: StockLine[]; next: string | null }> =>
      unwrap(
        edge.GET("/v1/stock", { params: { query: { limit: PAGE, ...(q && { q }), ...(pageParam && { cursor: pageParam }) } }, signal }),
      ) as Promise<{ items: StockLine[]; next: string | null }>,
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
  });

/** A count of the shelf; the id makes a repeat harmless. */
export const countShelf = (id: string, variant_id: string, counted: number) =>
  unwrap(edge.PUT("/v1/counts/{id}", { params: { path: { id } }, body: { lines: [{ variant_id, counted }], reason: "count" } }));
