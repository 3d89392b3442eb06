import { infiniteQueryOptions } from "@tanstack/react-query";

import { kindOf, type KindName, type Page } from "./kinds";

/** Where a list is kept: all searches of a kind. */
export const listKey = (kind: KindName) => ["list", kind];

/** A list; those that are short come whole, and are narrowed here. */
export const list = (kind: KindName, q: string) =>
  infiniteQueryOptions({
    queryKey: [...listKey(kind), kind === "suppliers" ? q : ""],
    queryFn: ({ signal, pageParam }): Promise<Page> => kindOf(kind).page(kind === "suppliers" ? q : "", pageParam, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
  });
