import { infiniteQueryOptions } from "@tanstack/react-query";

import { cloud } from "../../api/cloud";
import { unwrap } from "../../api/problem";
import type { ListFilter } from "../../paths";

const PAGE = 50;

/** Returns, newest first, narrowed by the filters of the URL. */
export const returns = ({ branch, from, to, q }: ListFilter) =>
  infiniteQueryOptions({
    queryKey: ["returns", branch, from, to, q],
    queryFn: ({ signal, pageParam }) =>
      unwrap(
        cloud.GET("/v1/returns", {
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
