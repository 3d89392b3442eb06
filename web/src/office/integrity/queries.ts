import { queryOptions } from "@tanstack/react-query";

import { cloud } from "../../api/cloud";
import { unwrap } from "../../api/problem";

/** A screen that people watch while it happens. */
const REFRESH_MS = 1_000;

/** The figures that must hold, as of now. */
export const invariants = queryOptions({
  queryKey: ["invariants"],
  queryFn: ({ signal }) => unwrap(cloud.GET("/v1/invariants", { signal })),
  refetchInterval: REFRESH_MS,
});

/** Goes through the ledgers now instead of within the next minute. */
export const checkInvariants = () => unwrap(cloud.POST("/v1/invariants/check"));
