import { queryOptions } from "@tanstack/react-query";

import { edge, type PickOrder } from "../../api/edge";
import { unwrap } from "../../api/problem";

/** The socket tells of new ones at once; this catches what it missed. */
const REFRESH_MS = 30_000;

/** Online orders that wait here: to be picked, or picked and waiting for the customer. */
export const picks = queryOptions({
  queryKey: ["picks"],
  queryFn: async ({ signal }) => (await unwrap(edge.GET("/v1/picks", { signal }))).items,
  refetchInterval: REFRESH_MS,
});

/** What was found of an order; the id makes a repeat harmless. */
export const recordPicking = (order: string, id: string, picking: Picking) =>
  unwrap(edge.PUT("/v1/picks/{order}/picking/{id}", { params: { path: { order, id } }, body: picking }));

export interface Picking {
  lines: { reservation_id: string; picked: number }[];
  /** What was counted on the shelf, where the edge asks for it first. */
  counted?: { variant_id: string; counted: number }[];
}

export const recordHandover = (order: string, id: string) =>
  unwrap(edge.PUT("/v1/picks/{order}/handover/{id}", { params: { path: { order, id } } }));

export const isToPick = (order: PickOrder): boolean => order.lines.some(({ state }) => state === "open");
export const isReady = (order: PickOrder): boolean => !isToPick(order) && order.lines.some(({ state, picked }) => picked > 0 && (state === "picked" || state === "short"));
