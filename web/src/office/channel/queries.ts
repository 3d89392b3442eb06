import { queryOptions } from "@tanstack/react-query";

import { cloud } from "../../api/cloud";
import { unwrap } from "../../api/problem";

export const channels = queryOptions({
  queryKey: ["channels"],
  queryFn: async ({ signal }) => (await unwrap(cloud.GET("/v1/channels", { signal }))).items,
});

/** The key is in this answer and nowhere else. */
export const makeChannel = (name: string) => unwrap(cloud.POST("/v1/channels", { body: { name } }));
