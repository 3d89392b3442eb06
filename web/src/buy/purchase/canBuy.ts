import type { Session } from "../../api/edge";
import type { EdgeState } from "../../station/queries";
import { may } from "../../station/StationContext";
import { lacking, type Draft } from "./ticket";

interface Buying {
  draft: Draft;
  session: Session;
  edge: EdgeState;
  /** The total shown belongs to these very lines. */
  isQuoted: boolean;
  isRefused: boolean;
}

/** Why the ticket cannot be paid now, as a key of `cannotBuy`; `null` when it can. */
export function whyNotBuy({ draft, session, edge, isQuoted, isRefused }: Buying) {
  if (!may(session, "purchase.create")) return "permission";
  if (edge.mode === "readonly") return "readonly";
  if (!draft.supplier) return "supplier";
  if (draft.lines.length === 0) return "empty";
  if (lacking(draft)) return "line";
  if (isRefused) return "refused";
  return isQuoted ? null : "adding";
}
