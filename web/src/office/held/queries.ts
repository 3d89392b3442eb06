import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { cloud } from "../../api/cloud";
import { unwrap } from "../../api/problem";

const PAGE = 50;
const REFRESH_MS = 10_000;

/** Records that could not be applied, the oldest first. */
export const heldEvents = (branch: string | undefined, state: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ["held", branch, state],
    queryFn: ({ signal, pageParam }) =>
      unwrap(
        cloud.GET("/v1/held-events", {
          params: { query: { limit: PAGE, ...(branch && { location: branch }), ...(state && { state }), ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
    refetchInterval: REFRESH_MS,
  });

/** Where a record stands in the log of its node. */
export interface Place {
  node: string;
  epoch: number;
  seq: number;
}

export const heldEvent = (path: Place) =>
  queryOptions({
    queryKey: ["held-event", path.node, path.epoch, path.seq],
    queryFn: ({ signal }) => unwrap(cloud.GET("/v1/held-events/{node}/{epoch}/{seq}", { params: { path }, signal })),
  });

export const retryHeld = (path: Place) => unwrap(cloud.POST("/v1/held-events/{node}/{epoch}/{seq}/retry", { params: { path } }));

/** Everything that is held, or everything of a branch. */
export const retryAllHeld = (branch: string | undefined) => unwrap(cloud.POST("/v1/held-events/retry", { body: { ...(branch && { location_id: branch }) } }));

/** Another content in the record's place; the id makes a repeat the same correction. */
export const correctHeld = (path: Place, id: string, body: string, reason: string) =>
  unwrap(cloud.PUT("/v1/held-events/{node}/{epoch}/{seq}/correction", { params: { path }, body: { id, body, reason } }));
