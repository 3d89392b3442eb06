import { infiniteQueryOptions } from "@tanstack/react-query";

import { cloud } from "../../api/cloud";
import { unwrap } from "../../api/problem";

const PAGE = 50;

/** On hand by product and branch. */
export const stock = (branch: string | undefined, q: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ["stock", branch, q],
    queryFn: ({ signal, pageParam }) =>
      unwrap(
        cloud.GET("/v1/stock", {
          params: {
            query: { limit: PAGE, ...(branch && { location: branch }), ...(q && { q }), ...(pageParam && { cursor: pageParam }) },
          },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
  });
