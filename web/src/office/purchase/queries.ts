import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { cloud } from "../../api/cloud";
import { unwrap } from "../../api/problem";
import type { ListFilter } from "../../paths";

const PAGE = 50;

/** Purchases, newest first, narrowed by the filters of the URL. */
export const purchases = ({ branch, from, to, q }: ListFilter) =>
  infiniteQueryOptions({
    queryKey: ["purchases", branch, from, to, q],
    queryFn: ({ signal, pageParam }) =>
      unwrap(
        cloud.GET("/v1/purchases", {
          params: {
            query: {
              limit: PAGE,
              ...(branch && { location: branch }),
              ...(from && { from }),
              ...(to && { to }),
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

export const purchaseById = (location: string, business_date: string, id: string) =>
  queryOptions({
    queryKey: ["purchase", location, business_date, id],
    queryFn: ({ signal }) =>
      unwrap(
        cloud.GET("/v1/locations/{location}/purchases/{business_date}/{id}", {
          params: { path: { location, business_date, id } },
          signal,
        }),
      ),
  });
