import { infiniteQueryOptions } from "@tanstack/react-query";

import { cloud } from "../../api/cloud";
import { unwrap } from "../../api/problem";
import type { AuditFilter } from "../../paths";

const PAGE = 100;

/** Who did what, the newest first. */
export const audit = (filter: AuditFilter) =>
  infiniteQueryOptions({
    queryKey: ["audit", filter],
    queryFn: async ({ signal, pageParam }) => {
      const query = { limit: PAGE, ...asked(filter), ...(pageParam && { cursor: pageParam }) };
      const page = await unwrap(cloud.GET("/v1/audit", { params: { query }, signal }));
      return { items: page.items, next: page.next_cursor ?? null };
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
  });

/** The filter as the server names it. */
export function asked({ branch, staff, action, from, until, q, flagged }: AuditFilter) {
  return {
    ...(branch && { location_id: branch }),
    ...(staff && { staff_id: staff }),
    ...(action && { action }),
    ...(from && { from: `${from}T00:00:00Z` }),
    ...(until && { until: `${until}T23:59:59Z` }),
    ...(q && { q }),
    ...(flagged === "true" && { flagged: true }),
  };
}
