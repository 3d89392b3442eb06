import { queryOptions } from "@tanstack/react-query";

import { cloud } from "../../api/cloud";
import { unwrap } from "../../api/problem";

export const providers = queryOptions({
  queryKey: ["providers"],
  queryFn: async ({ signal }) => (await unwrap(cloud.GET("/v1/identity-providers", { signal }))).items,
});

export interface ProviderChange {
  code: string;
  name: string;
  issuer: string;
  client_id: string;
  client_secret?: string;
  realm: "staff" | "customer";
  unknown: "refuse" | "invitation" | "create";
  default_role: string | null;
  domains: string[];
  /** Asked for besides `openid`. */
  scopes?: string[];
  /** The claim that names a person's groups. */
  group_claim?: string | null;
  groups?: GroupRole[];
  active: boolean;
}

/** Whoever is in this group has this role. */
export interface GroupRole {
  group: string;
  role: string;
  location?: string | null;
  region?: string | null;
}

export const putProvider = (id: string, body: ProviderChange) => unwrap(cloud.PUT("/v1/identity-providers/{id}", { params: { path: { id } }, body }));

export const removeProvider = (id: string) => unwrap(cloud.DELETE("/v1/identity-providers/{id}", { params: { path: { id } } }));

export const tokens = (all: boolean) =>
  queryOptions({
    queryKey: ["tokens", all],
    queryFn: async ({ signal }) => (await unwrap(cloud.GET("/v1/tokens", { params: { query: { all } }, signal }))).items,
  });

/** The secret is in this answer and nowhere else. */
export const addToken = (name: string, scopes: string[], days: number) => unwrap(cloud.POST("/v1/tokens", { body: { name, scopes, days } }));

export const revokeToken = (id: string) => unwrap(cloud.DELETE("/v1/tokens/{id}", { params: { path: { id } } }));
