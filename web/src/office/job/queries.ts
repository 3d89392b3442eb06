import { infiniteQueryOptions } from "@tanstack/react-query";

import { cloud } from "../../api/cloud";
import { unwrap } from "../../api/problem";

const PAGE = 50;
const REFRESH_MS = 5_000;

export const jobs = infiniteQueryOptions({
  queryKey: ["jobs"],
  queryFn: ({ signal, pageParam }) =>
    unwrap(cloud.GET("/v1/jobs", { params: { query: { limit: PAGE, ...(pageParam && { cursor: pageParam }) } }, signal })),
  initialPageParam: "",
  getNextPageParam: (page) => page.next,
  refetchInterval: REFRESH_MS,
});

export const retryJob = (id: string) => unwrap(cloud.POST("/v1/jobs/{id}/retry", { params: { path: { id } } }));
