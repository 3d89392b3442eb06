import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { cloud, type NewPatron } from "../../api/cloud";
import { unwrap } from "../../api/problem";

/** Customers whom the chain knows, the newest first; searched by name or the end of the number. */
export const patrons = (q: string) =>
  infiniteQueryOptions({
    queryKey: ["patrons", q],
    queryFn: ({ signal, pageParam }) => unwrap(cloud.POST("/v1/patron-searches", { body: { q, cursor: pageParam || null }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
    // A search reads people: it is not repeated only because somebody looks back.
    staleTime: 30_000,
  });

/** One customer with what they bought, as far as one may see it. */
export const patron = (id: string) =>
  queryOptions({
    queryKey: ["patron", id],
    queryFn: ({ signal }) => unwrap(cloud.GET("/v1/patrons/{patron}", { params: { path: { patron: id } }, signal })),
  });

export const putPatron = (id: string, body: NewPatron) => unwrap(cloud.PUT("/v1/patrons/{patron}", { params: { path: { patron: id } }, body }));

export const erasePatron = (id: string, reason: string) =>
  unwrap(cloud.POST("/v1/patrons/{patron}/erasure", { params: { path: { patron: id } }, body: { reason } }));
