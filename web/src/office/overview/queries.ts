import { queryOptions } from "@tanstack/react-query";

import { cloud } from "../../api/cloud";
import { unwrap } from "../../api/problem";

/** The socket moves the figures; a node that falls silent is told by no message. */
const REFRESH_MS = 15_000;

/** One business day over the branches; without a date, the newest. */
export const overview = (date: string | undefined, branch: string | undefined) =>
  queryOptions({
    queryKey: ["overview", date, branch],
    queryFn: ({ signal }) =>
      unwrap(cloud.GET("/v1/overview", { params: { query: { ...(date && { date }), ...(branch && { location: branch }) } }, signal })),
    refetchInterval: REFRESH_MS,
  });
