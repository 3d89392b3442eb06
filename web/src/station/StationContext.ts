import { createContext, use, useEffect, useEffectEvent } from "react";

import type { Session } from "../api/edge";
import type { StationKind } from "../paths";
import type { EdgeState } from "./queries";

export interface Notice {
  tone: "note" | "warn" | "bad";
  text: string;
}

export interface Station {
  kind: StationKind;
  edge: EdgeState;
  session: Session;
  /** Shows a line under the header until it is dismissed or the next one comes. */
  notify: (notice: Notice | null) => void;
  /** Asks for the scanned codes from now on; answers the way to stop. */
  takeScans: (handler: (code: string) => void) => () => void;
}

export const StationContext = createContext<Station | null>(null);

/** The signed-in station around a page. */
export function useStation(): Station {
  const station = use(StationContext);
  if (!station) throw new Error("useStation outside of a station");
  return station;
}

/** Takes the scanned codes while this component is shown; the newest one hears them. */
export function useScan(handler: (code: string) => void): void {
  const { takeScans } = useStation();
  const handle = useEffectEvent(handler);
  useEffect(() => takeScans((code) => handle(code)), [takeScans]);
}

/** The open shift; pages that need one are only shown while there is one. */
export function useShift() {
  const { session } = useStation();
  if (!session.shift) throw new Error("useShift without an open shift");
  return session.shift;
}

export const may = (session: Session, permission: string) => session.permissions.includes(permission);
