import { infiniteQueryOptions } from "@tanstack/react-query";

import { cloud } from "../../api/cloud";
import { unwrap } from "../../api/problem";

const PAGE = 50;

/** Where book and shelf disagreed, newest first. */
export const stockCases = (branch: string | undefined, state: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ["cases", branch, state],
    queryFn: ({ signal, pageParam }) =>
      unwrap(
        cloud.GET("/v1/stock-cases", {
          params: { query: { limit: PAGE, ...(branch && { location: branch }), ...(state && { state }), ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
  });

export const closeCase = (location: string, id: string) =>
  unwrap(cloud.POST("/v1/locations/{location}/stock-cases/{id}/close", { params: { path: { location, id } }, body: {} }));
