import { queryOptions } from "@tanstack/react-query";

import { cloud, type RolePermission } from "../../api/cloud";
import { doneOrAsked, unwrap } from "../../api/problem";

export const roles = queryOptions({
  queryKey: ["roles"],
  queryFn: async ({ signal }) => (await unwrap(cloud.GET("/v1/roles", { signal }))).items,
});

/** Everything that a role can contain. */
export const permissions = queryOptions({
  queryKey: ["permissions"],
  queryFn: async ({ signal }) => (await unwrap(cloud.GET("/v1/permissions", { signal }))).items,
  staleTime: Infinity,
});

export interface RoleChange {
  code: string;
  name: string;
  description: string;
  permissions: RolePermission[];
  offline_days?: number | null;
  second_factor: boolean;
  reason: string;
}

/** The role, or the question to a second person whether it may be changed. */
export const putRole = (role: string, body: RoleChange) => doneOrAsked(cloud.PUT("/v1/roles/{role}", { params: { path: { role } }, body }));
