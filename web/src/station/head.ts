import type { QueryClient } from "@tanstack/react-query";

import { edge, type EdgeInfo } from "../api/edge";
import { fenced, formatHead, HEAD_HEADER, highestSeen, isBelieved, parseHead, remember, SEEN_HEADER, type Mark } from "./fence";

/** The branch computer that this device works with. */
export const LAST_NODE = "branchline.node";

/** Tells the branch computer what this device has seen, and keeps what its answers say (sync.md 2.9). */
export function watchHead(client: QueryClient): void {
  const asked = new WeakMap<Request, Mark>();
  edge.use({
    onRequest({ request }) {
      const node = localStorage.getItem(LAST_NODE);
      const seen = node ? highestSeen(node) : null;
      if (!node || !seen) return;
      asked.set(request, seen);
      const { hash } = seen;
      if (hash !== undefined) request.headers.set(SEEN_HEADER, formatHead({ node, ...seen, hash }));
    },
    onResponse({ request, response }) {
      const head = parseHead(response.headers.get(HEAD_HEADER));
      if (!head) return;
      const { node, ...found } = head;
      const state = client.getQueryData<Pick<EdgeInfo, "mode">>(["edge"]);
      if (!fenced(asked.get(request) ?? null, found)) {
        // Nothing is remembered before it is known whether the node may be believed.
        if (state && isBelieved(state)) remember(node, found);
        return;
      }
      // The page stops as soon as any answer says that the computer has gone back; the state's own query judges for itself.
      if (new URL(request.url).pathname !== "/v1/edge") void client.invalidateQueries({ queryKey: ["edge"] });
    },
  });
}
