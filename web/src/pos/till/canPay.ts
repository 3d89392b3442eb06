import type { Session } from "../../api/edge";
import type { EdgeState } from "../../station/queries";
import { may } from "../../station/StationContext";
import type { Basket } from "./basket";

interface Paying {
  basket: Basket;
  session: Session;
  edge: EdgeState;
  /** The total shown belongs to these very lines. */
  isQuoted: boolean;
  isRefused: boolean;
}

/** Why the basket cannot be paid now, as a key of `cannotPay`; `null` when it can. */
export function whyNotPay({ basket, session, edge, isQuoted, isRefused }: Paying) {
  if (!may(session, "sale.create")) return "permission";
  if (basket.lines.length === 0) return "empty";
  if (edge.mode === "readonly") return "readonly";
  if (isRefused) return "refused";
  return isQuoted ? null : "adding";
}
