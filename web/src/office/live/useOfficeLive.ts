import { useQueryClient, type InfiniteData, type QueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import type { Node, Overview, StockDetail, StockItem } from "../../api/cloud";
import { openLive } from "../../api/live";
import { paths } from "../../paths";
import { patchOverview, type OverviewMessage } from "../overview/patch";
import { patchStock, type StockMessage } from "../stock/patch";
import { Pace } from "./pace";

export interface LiveSale {
  key: string;
  id: string;
  location_id: string;
  business_date: string;
  receipt_number: string;
  total_minor: number;
  closed_at: string;
}

/** How many sales the feed keeps. */
const FEED = 12;
/** Charts and averages are asked again at most this often; the sums move with every message. */
const OVERVIEW_PACE_MS = 800;
const LIST_PACE_MS = 2_500;

/** Follows all branches; the pages move without a reload. */
export function useOfficeLive(): { isLive: boolean; feed: LiveSale[] } {
  const client = useQueryClient();
  const [isLive, setLive] = useState(false);
  const [feed, setFeed] = useState<LiveSale[]>([]);

  useEffect(() => {
    let cursor: number | undefined;
    // What was fetched before the stream began may have missed what happened in between.
    const refetch = () => void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== "session" });
    const overviews = new Pace(() => void client.invalidateQueries({ queryKey: ["overview"] }), OVERVIEW_PACE_MS);
    const lists = new Pace(() => {
      for (const key of ["sales", "sale", "returns", "purchases", "supplier-accounts", "supplier-account", "supplier-entries"]) void client.invalidateQueries({ queryKey: [key] });
    }, LIST_PACE_MS);

    // The figures are moved at once; attention, age and history are asked for.
    const accounts = new Pace(() => {
      for (const key of ["stock", "stock-of", "stock-history"]) void client.invalidateQueries({ queryKey: [key] });
    }, LIST_PACE_MS);

    const stop = openLive({
      url: () => paths.live(location.origin, cursor),
      onState: setLive,
      // Whoever is signed out sees nothing more of it: asked at once, and the layout leads to the sign-in.
      onRefused: () => void client.invalidateQueries({ queryKey: ["session"] }),
      onMessage: (message) => {
        const isResumed = cursor !== undefined;
        if (typeof message["cursor"] === "number") cursor = message["cursor"];
        switch (message["type"]) {
          case "hello":
            if (!isResumed) refetch();
            break;
          case "sale":
            setFeed((shown) => withSale(shown, message as unknown as LiveSale));
            lists.ask();
            break;
          case "return":
          case "purchase":
            lists.ask();
            break;
          case "overview":
            applyOverview(client, message as unknown as OverviewMessage);
            overviews.ask();
            break;
          case "stock":
            applyStock(client, message as unknown as StockMessage);
            accounts.ask();
            break;
          case "order":
            for (const key of ["orders", "order"]) void client.invalidateQueries({ queryKey: [key] });
            break;
          case "case":
            void client.invalidateQueries({ queryKey: ["cases"] });
            break;
          case "held":
            for (const key of ["held", "held-event", "nodes", "node-problems", "completeness"]) void client.invalidateQueries({ queryKey: [key] });
            break;
          case "node":
            applyNode(client, message as unknown as Partial<Node> & { id: string });
            break;
          // What this person may do has changed: pages and figures follow without a reload.
          case "session":
            void followAccess(client);
            break;
          case "approval":
            void client.invalidateQueries({ queryKey: ["approvals"] });
            break;
          case "reset":
            refetch();
            break;
          default: // a newer server may say more
        }
      },
    });
    return () => {
      overviews.stop();
      lists.stop();
      accounts.stop();
      stop();
    };
  }, [client]);

  return { isLive, feed };
}

/** First what the person may do, so that no page asks for what it may not have; then every figure anew, none kept. */
async function followAccess(client: QueryClient): Promise<void> {
  await client.invalidateQueries({ queryKey: ["session"] });
  await client.resetQueries({ predicate: ({ queryKey }) => queryKey[0] !== "session" });
}

/** A resume repeats messages: a sale is shown once. */
function withSale(feed: LiveSale[], sale: LiveSale): LiveSale[] {
  if (feed.some(({ id }) => id === sale.id)) return feed;
  return [{ ...sale, key: sale.id }, ...feed].slice(0, FEED);
}

function applyOverview(client: QueryClient, message: OverviewMessage): void {
  for (const [key, overview] of client.getQueriesData<Overview>({ queryKey: ["overview"] })) {
    const [, date, branch] = key as [string, string | undefined, string | undefined];
    if (!overview || (branch && branch !== message.location_id)) continue;
    const patched = patchOverview(overview, message);
    if (patched) client.setQueryData(key, patched);
    // A new business day has begun.
    else if (!date && message.business_date > overview.date) void client.invalidateQueries({ queryKey: key });
  }
}

function applyStock(client: QueryClient, message: StockMessage): void {
  client.setQueriesData<InfiniteData<{ items: StockItem[] }>>({ queryKey: ["stock"] }, (shown) =>
    shown && { ...shown, pages: shown.pages.map((page) => ({ ...page, items: page.items.map((item) => patchStock(item, message)) })) },
  );
  client.setQueriesData<StockDetail>({ queryKey: ["stock-of"] }, (shown) => shown && { ...shown, ...patchStock(shown, message) });
}

function applyNode(client: QueryClient, message: Partial<Node> & { id: string }): void {
  const { id, last_seen, last_seq, head_seq, queue, complete_to, connected } = message;
  const told = Object.fromEntries(
    Object.entries({ last_seen, last_seq, head_seq, queue, complete_to, connected }).filter(([, value]) => value !== undefined),
  );
  client.setQueryData<Node[]>(["nodes"], (nodes) => nodes?.map((node) => (node.id === id ? { ...node, ...told } : node)));
}
