import type { StockAccounts, StockItem } from "../../api/cloud";
import { sum } from "./accounts";

/** New balances of a branch, as the live stream tells them. */
export interface StockMessage {
  location_id: string;
  items: ({ variant_id: string } & Partial<StockAccounts>)[];
}

/** The item with the branch's new balances; the same item when the message does not concern it. */
export function patchStock(item: StockItem, message: StockMessage): StockItem {
  const moved = message.items.find(({ variant_id }) => variant_id === item.variant_id);
  if (!moved || !item.locations.some(({ location_id }) => location_id === message.location_id)) return item;
  const { variant_id: _, ...accounts } = moved;
  const locations = item.locations.map((at) => (at.location_id === message.location_id ? { ...at, ...accounts } : at));
  const totals = sum(locations);
  return { ...item, locations, totals, total: totals.on_hand };
}
