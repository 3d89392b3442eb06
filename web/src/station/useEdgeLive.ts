import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import type { Sync, Variant } from "../api/edge";
import { openLive } from "../api/live";
import { paths } from "../paths";
import { edgeState } from "./queries";

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
        void client.invalidateQueries({ queryKey: edgeState.queryKey });
      },
      onMessage: (message) => {
        if (message["type"] === "sync") {
          const sync = message as unknown as Sync;
          client.setQueryData(edgeState.queryKey, (state) => state && { ...state, sync: { ...state.sync, ...sync } });
        } else if (message["type"] === "stock") {
          const items = message["items"] as { variant_id: string; on_hand: number }[];
          const onHand = new Map(items.map((item) => [item.variant_id, item.on_hand]));
          client.setQueriesData<Variant[]>({ queryKey: ["products"] }, (shown) =>
            shown?.map((variant) => ({ ...variant, on_hand: onHand.get(variant.id) ?? variant.on_hand })),
          );
        } else if (message["type"] === "catalog") {
          for (const key of ["products", "quote", "staff", "suppliers", "edge"]) void client.invalidateQueries({ queryKey: [key] });
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
