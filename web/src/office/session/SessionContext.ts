import { useSearch } from "@tanstack/react-router";
import { createContext, use } from "react";

import type { Location, Session } from "../../api/cloud";

export const SessionContext = createContext<Session | null>(null);

/** Who looks, and what they may see. */
export function useSession(): Session {
  const session = use(SessionContext);
  if (!session) throw new Error("useSession outside of the office");
  return session;
}

export const may = (session: Session, permission: string) => session.permissions.includes(permission);

/** The query of the URL, as text. */
export const useQueryText = (): Record<string, string | undefined> => useSearch({ strict: false }) as Record<string, string | undefined>;

/** The branch the pages are narrowed to; `undefined` is all the person may see. */
export function useBranch(): Location | undefined {
  const { branch } = useQueryText();
  return useSession().locations.find(({ id }) => id === branch);
}

/** The zone of a branch; documents show the time of where they were made. */
export function useZone(): (location: string) => string | undefined {
  const { locations } = useSession();
  return (location) => locations.find(({ id }) => id === location)?.time_zone;
}

/** The zone that all branches share; `undefined`, which is the reader's own, when they lie in several. */
export function useCommonZone(): string | undefined {
  const zones = new Set(useSession().locations.map(({ time_zone }) => time_zone));
  return zones.size === 1 ? [...zones][0] : undefined;
}
