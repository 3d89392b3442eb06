import { useQueryClient, type InfiniteData, type QueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import type { StockLine, Sync, Variant } from "../api/edge";
import { openLive } from "../api/live";
import { paths } from "../paths";
import { accountsOf, edgeState } from "./queries";

/** A blink of the network is not worth a banner. */
const PATIENCE_MS = 2_500;

/** Follows the branch computer while somebody is signed in; answers whether it has been out of reach for a while. */
export function useEdgeLive(isSignedIn: boolean): boolean {
  const client = useQueryClient();
  const [isLost, setLost] = useState(false);

  useEffect(() => {
    if (!isSignedIn) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = openLive({
      url: () => paths.live(location.origin),
      onState: (connected) => {
        clearTimeout(timer);
        if (!connected) {
          timer = setTimeout(() => setLost(true), PATIENCE_MS);
          return;
        }
        setLost(false);
        // What moved while nobody listened is asked for.
        client.removeQueries({ queryKey: ["accounts"] });
        for (const key of ["edge", "products", "stock", "picks", "prints", "printers", "parked"]) void client.invalidateQueries({ queryKey: [key] });
      },
      onMessage: (message) => {
        if (message["type"] === "sync") {
          const sync = message as unknown as Sync;
          client.setQueryData(edgeState.queryKey, (state) => state && { ...state, sync: { ...state.sync, ...sync } });
        } else if (message["type"] === "stock") {
          applyStock(client, message["items"] as Moved[]);
        } else if (message["type"] === "picks") {
          void client.invalidateQueries({ queryKey: ["picks"] });
        } else if (message["type"] === "parked") {
          void client.invalidateQueries({ queryKey: ["parked"] });
        } else if (message["type"] === "prints") {
          for (const key of ["prints", "printers"]) void client.invalidateQueries({ queryKey: [key] });
        } else if (message["type"] === "catalog") {
          for (const key of ["session", "products", "quote", "staff", "suppliers", "edge", "stock", "picks", "prints", "printers", "parked"]) void client.invalidateQueries({ queryKey: [key] });
        }
      },
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [client, isSignedIn]);

  return isSignedIn && isLost;
}

type Moved = { variant_id: string } & Partial<Variant>;

/** New balances reach every list that shows them, and the basket. */
function applyStock(client: QueryClient, items: Moved[]): void {
  const moved = new Map(items.map(({ variant_id, ...accounts }) => [variant_id, accounts]));
  client.setQueriesData<Variant[]>({ queryKey: ["products"] }, (shown) => shown?.map((variant) => ({ ...variant, ...moved.get(variant.id) })));
  client.setQueriesData<InfiniteData<{ items: StockLine[] }>>({ queryKey: ["stock"] }, (shown) =>
    shown && {
      ...shown,
      pages: shown.pages.map((page) => ({ ...page, items: page.items.map((line) => ({ ...line, ...moved.get(line.variant_id) }) as StockLine) })),
    },
  );
  for (const [variant, accounts] of moved) {
    client.setQueryData<object>(accountsOf(variant).queryKey, (known) => known && { ...known, ...accounts });
  }
}
