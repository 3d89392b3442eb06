import { infiniteQueryOptions } from "@tanstack/react-query";

import { cloud } from "../../api/cloud";
import { unwrap } from "../../api/problem";
import { addDays } from "../../format/when";
import { startOfDay } from "../../format/zone";
import type { AuditFilter } from "../../paths";

const PAGE = 100;

/** Who did what, the newest first. */
export const audit = (filter: AuditFilter, zone: string) =>
  infiniteQueryOptions({
    queryKey: ["audit", filter, zone],
    queryFn: async ({ signal, pageParam }) => {
      const query = { limit: PAGE, ...asked(filter, zone), ...(pageParam && { cursor: pageParam }) };
      const page = await unwrap(cloud.GET("/v1/audit", { params: { query }, signal }));
      return { items: page.items, next: page.next_cursor ?? null };
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
  });

/** The filter as the server names it; days are those of a zone, both included. */
export function asked({ branch, staff, action, from, until, q, flagged }: AuditFilter, zone: string) {
  return {
    ...(branch && { location_id: branch }),
    ...(staff && { staff_id: staff }),
    ...(action && { action }),
    ...(from && { from: startOfDay(from, zone) }),
    ...(until && { until: startOfDay(addDays(until, 1), zone) }),
    ...(q && { q }),
    ...(flagged === "true" && { flagged: true }),
  };
}
