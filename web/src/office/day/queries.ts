import { queryOptions } from "@tanstack/react-query";

import { cloud } from "../../api/cloud";
import { unwrap } from "../../api/problem";

const REFRESH_MS = 10_000;

/** How complete each branch and each of its business days is. */
export const completeness = (branch: string | undefined, from: string | undefined, to: string | undefined) =>
  queryOptions({
    queryKey: ["completeness", branch, from, to],
    queryFn: ({ signal }) =>
      unwrap(cloud.GET("/v1/completeness", { params: { query: { ...(branch && { location: branch }), ...(from && { from }), ...(to && { to }) } }, signal })),
    refetchInterval: REFRESH_MS,
  });

/** Signs a business day off; refused with what is missing. */
export const completeDay = (location: string, date: string) =>
  unwrap(cloud.PUT("/v1/locations/{location}/days/{date}/completion", { params: { path: { location, date } } }));
