import { infiniteQueryOptions, queryOptions, type QueryClient } from "@tanstack/react-query";

import type { NewSupplierDocument } from "../../api/cloud";
import { cloud } from "../../api/cloud";
import { unwrap } from "../../api/problem";
import type { ListFilter } from "../../paths";

const PAGE = 50;

/** How the list of accounts is narrowed and sorted. */
export interface AccountsFilter {
  branch?: string | undefined;
  q?: string | undefined;
  /** `all`: also those with whom nothing is open. */
  only?: string | undefined;
  /** `name`; else what is owed most comes first. */
  sort?: string | undefined;
}

/** Suppliers with what is owed to them. */
export const accounts = ({ branch, q, only, sort }: AccountsFilter) =>
  infiniteQueryOptions({
    queryKey: ["supplier-accounts", branch, q, only, sort],
    queryFn: ({ signal, pageParam }) =>
      unwrap(
        cloud.GET("/v1/supplier-accounts", {
          params: {
            query: {
              limit: PAGE,
              open: only !== "all",
              sort: sort === "name" ? "name" : "owed",
              ...(branch && { location: branch }),
              ...(q && { q }),
              ...(pageParam && { cursor: pageParam }),
            },
          },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
  });

/** What is owed to one supplier, where, and since when. */
export const accountOf = (supplier: string, branch: string | undefined) =>
  queryOptions({
    queryKey: ["supplier-account", supplier, branch],
    queryFn: ({ signal }) =>
      unwrap(cloud.GET("/v1/supplier-accounts/{supplier}", { params: { path: { supplier }, query: branch ? { location: branch } : {} }, signal })),
  });

/** Everything that happened with a supplier, the newest first. */
export const entriesOf = (supplier: string, { branch, from, to }: ListFilter) =>
  infiniteQueryOptions({
    queryKey: ["supplier-entries", supplier, branch, from, to],
    queryFn: ({ signal, pageParam }) =>
      unwrap(
        cloud.GET("/v1/supplier-accounts/{supplier}/entries", {
          params: {
            path: { supplier },
            query: {
              limit: PAGE,
              ...(branch && { location: branch }),
              ...(from && { from }),
              ...(to && { to }),
              ...(pageParam && { cursor: pageParam }),
            },
          },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
  });

export const recordDocument = (supplier: string, id: string, body: NewSupplierDocument) =>
  unwrap(cloud.PUT("/v1/supplier-accounts/{supplier}/documents/{id}", { params: { path: { supplier, id } }, body }));

export const reverseDocument = (supplier: string, id: string, location: string | null, reason: string) =>
  unwrap(
    cloud.PUT("/v1/supplier-accounts/{supplier}/documents/{id}/reversal", {
      params: { path: { supplier, id } },
      body: { location_id: location, reason },
    }),
  );

/** After something was written into an account. */
export function forgetAccounts(client: QueryClient) {
  for (const key of ["supplier-accounts", "supplier-account", "supplier-entries"]) void client.invalidateQueries({ queryKey: [key] });
}
