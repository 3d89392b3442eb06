import type { StockAccounts } from "../../api/cloud";

/** Whose a unit is, in the order in which people read it. Words are at `stock.accounts.*`. */
export const PARTS = [
  { name: "here", color: "bg-pine" },
  { name: "online", color: "bg-sky" },
  { name: "promised", color: "bg-gold" },
  { name: "transit", color: "bg-sky-line" },
  { name: "picked", color: "bg-mint" },
  { name: "unsellable", color: "bg-edge" },
] as const;

export type PartName = (typeof PARTS)[number]["name"];

/** The accounts as people ask for them. In transit is what is on its way between office and branch, and between branches. */
export const partOf = (accounts: StockAccounts, name: PartName): number => {
  switch (name) {
    case "here":
      return accounts.node_rights;
    case "online":
      return accounts.available;
    case "promised":
      return accounts.promised;
    case "transit":
      return accounts.granting + accounts.shipped;
    case "picked":
      return accounts.picked;
    case "unsellable":
      return accounts.unsellable;
  }
};

const EMPTY: StockAccounts = {
  on_hand: 0,
  node_rights: 0,
  claim_bound: 0,
  debt: 0,
  picked: 0,
  unsellable: 0,
  shipped: 0,
  available: 0,
  granting: 0,
  promised: 0,
};

/** Several branches together. */
export function sum(all: StockAccounts[]): StockAccounts {
  const total = { ...EMPTY };
  for (const accounts of all) for (const name of Object.keys(EMPTY) as (keyof StockAccounts)[]) total[name] += accounts[name];
  return total;
}
