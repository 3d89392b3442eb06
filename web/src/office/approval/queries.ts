import { infiniteQueryOptions } from "@tanstack/react-query";

import { cloud } from "../../api/cloud";
import { unwrap } from "../../api/problem";

const PAGE = 50;

/** Acts that need a second person: those to be decided, or all. */
export const approvals = (state: "open" | "approved" | "rejected" | "withdrawn" | "expired" | undefined) =>
  infiniteQueryOptions({
    queryKey: ["approvals", state],
    queryFn: async ({ signal, pageParam }) => {
      const query = { limit: PAGE, ...(state && { state }), ...(pageParam && { cursor: pageParam }) };
      const page = await unwrap(cloud.GET("/v1/approvals", { params: { query }, signal }));
      return { items: page.items, next: page.next_cursor ?? null };
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
  });

export const decide = (approval: string, decision: "approve" | "reject", comment: string) =>
  unwrap(cloud.POST("/v1/approvals/{approval}/decision", { params: { path: { approval } }, body: { decision, comment } }));
