import { queryOptions } from "@tanstack/react-query";

import { cloud, type Node } from "../../api/cloud";
import { doneOrAsked, unwrap } from "../../api/problem";

const REFRESH_MS = 10_000;

export const nodes = queryOptions({
  queryKey: ["nodes"],
  queryFn: async ({ signal }) => (await unwrap(cloud.GET("/v1/nodes", { signal }))).items as Node[],
  refetchInterval: REFRESH_MS,
});

/** Records of a node that are not in the figures. */
export const nodeProblems = (node: string) =>
  queryOptions({
    queryKey: ["node-problems", node],
    queryFn: async ({ signal }) => (await unwrap(cloud.GET("/v1/nodes/{node}/problems", { params: { path: { node } }, signal }))).items,
    refetchInterval: REFRESH_MS,
  });

export const retryProblem = (node: string, epoch: number, seq: number) =>
  unwrap(cloud.POST("/v1/nodes/{node}/problems/{seq}/retry", { params: { path: { node, seq }, query: { epoch } } }));

export const makeCode = (location_id: string) => unwrap(cloud.POST("/v1/enrolment-codes", { body: { location_id } }));

/** From then on the node's records go to salvage and none of its promises counts; a second person may have to allow it. */
export const fenceNode = (node: string, reason: string) =>
  doneOrAsked(cloud.POST("/v1/nodes/{node}/fence", { params: { path: { node } }, body: { reason } }));

/** A code for the computer that takes the fenced one's place. */
export const replaceNode = (node: string) => unwrap(cloud.POST("/v1/nodes/{node}/replacement", { params: { path: { node } } }));

/** Lost orders were entered again: online promises start anew here. */
export const unfreezeNode = (node: string) => unwrap(cloud.POST("/v1/nodes/{node}/unfreeze", { params: { path: { node } } }));
