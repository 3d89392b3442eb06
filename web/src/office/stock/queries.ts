import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { cloud, type StockItem } from "../../api/cloud";
import { unwrap } from "../../api/problem";

const PAGE = 50;
const ATTENTION = { only: "attention", sort: "attention" } as const;

export interface StockFilter {
  branch?: string | undefined;
  q?: string | undefined;
  /** `attention`: only what somebody should look at. */
  only?: string | undefined;
}

/** Every account by product and branch. */
export const stock = ({ branch, q, only }: StockFilter) =>
  infiniteQueryOptions({
    queryKey: ["stock", branch, q, only],
    queryFn: ({ signal, pageParam }): Promise<{ items: StockItem[]; next: string | null }> => {
      const query = {
        limit: PAGE,
        ...(branch && { location: branch }),
        ...(q && { q }),
        ...(only && ATTENTION),
        ...(pageParam && { cursor: pageParam }),
      };
      return unwrap(cloud.GET("/v1/stock", { params: { query }, signal })) as Promise<{ items: StockItem[]; next: string | null }>;
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
  });

/** One product with how old each branch's figures are. */
export const stockOf = (variant: string) =>
  queryOptions({
    queryKey: ["stock-of", variant],
    queryFn: ({ signal }) => unwrap(cloud.GET("/v1/stock/{variant}", { params: { path: { variant } }, signal })),
  });

/** What made the figures what they are, newest first. */
export const stockHistory = (variant: string, branch: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ["stock-history", variant, branch],
    queryFn: ({ signal, pageParam }) =>
      unwrap(
        cloud.GET("/v1/stock/{variant}/history", {
          params: { path: { variant }, query: { limit: PAGE, ...(branch && { location: branch }), ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
  });

/** A count by the office: it counts at once, the branch's computer is told, or a second person has to allow it. */
export const putCount = (location: string, id: string, variant_id: string, quantity: number) =>
  unwrap(cloud.PUT("/v1/locations/{location}/counts/{id}", { params: { path: { location, id } }, body: { lines: [{ variant_id, quantity }] } }));

/** Gives rights of the online pool to the shop. */
export const giveRights = (location: string, id: string, variant_id: string, quantity: number) =>
  unwrap(cloud.PUT("/v1/locations/{location}/grants/{id}", { params: { path: { location, id } }, body: { lines: [{ variant_id, quantity }] } }));
