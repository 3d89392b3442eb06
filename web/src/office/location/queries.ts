import { queryOptions } from "@tanstack/react-query";

import { cloud, type LocationRecord } from "../../api/cloud";
import { unwrap } from "../../api/problem";

/** All branches with their registers, closed ones too. */
export const locationRecords = queryOptions({
  queryKey: ["locations"],
  queryFn: ({ signal }) => unwrap(cloud.GET("/v1/location-records", { signal })).then(({ items }) => items),
});

export const locationChanges = (record: string) =>
  queryOptions({
    queryKey: ["location-changes", record],
    queryFn: ({ signal }) => unwrap(cloud.GET("/v1/location-records/{record}/history", { params: { path: { record } }, signal })).then(({ items }) => items),
  });

export type LocationBody = Omit<LocationRecord, "id" | "has_node" | "version"> & { version: number | null };

export const putLocation = (record: string, body: LocationBody) =>
  unwrap(cloud.PUT("/v1/location-records/{record}", { params: { path: { record } }, body }));
