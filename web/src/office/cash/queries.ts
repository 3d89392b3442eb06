import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { cloud } from "../../api/cloud";
import { unwrap } from "../../api/problem";
import type { ListFilter } from "../../paths";

const PAGE = 50;

const narrowed = ({ branch, from, to }: ListFilter, cursor: string) => ({
  limit: PAGE,
  ...(branch && { location: branch }),
  ...(from && { from }),
  ...(to && { to }),
  ...(cursor && { cursor }),
});

/** Drawers by shift, the newest first. */
export const drawers = (filter: ListFilter) =>
  infiniteQueryOptions({
    queryKey: ["drawers", filter.branch, filter.from, filter.to],
    queryFn: ({ signal, pageParam }) => unwrap(cloud.GET("/v1/drawers", { params: { query: narrowed(filter, pageParam) }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
    refetchInterval: 30_000,
  });

/** Z reports, the newest first. */
export const zReports = (filter: ListFilter) =>
  infiniteQueryOptions({
    queryKey: ["z-reports", filter.branch, filter.from, filter.to],
    queryFn: ({ signal, pageParam }) => unwrap(cloud.GET("/v1/z-reports", { params: { query: narrowed(filter, pageParam) }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
  });

export const zReport = (location: string, shift: string) =>
  queryOptions({
    queryKey: ["z-report", location, shift],
    queryFn: ({ signal }) => unwrap(cloud.GET("/v1/locations/{location}/shifts/{shift}/z-report", { params: { path: { location, shift } }, signal })),
  });

/** What went in and out of a drawer beside sales and purchases. */
export const movementsOf = (location: string, shift: string) =>
  queryOptions({
    queryKey: ["cash-movements", location, shift],
    queryFn: ({ signal }) => unwrap(cloud.GET("/v1/locations/{location}/shifts/{shift}/cash-movements", { params: { path: { location, shift } }, signal })),
  });
