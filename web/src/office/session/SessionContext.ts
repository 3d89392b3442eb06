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

/** Whether the person may do it anywhere: what leads to a page, or begins something that is then done where it may be. */
export const may = (session: Session, permission: string) => session.permissions.includes(permission);

/** Whether the person may do it at this location; `null` is what belongs to no location. */
export const mayAt = (session: Session, permission: string, location: string | null) =>
  session.reach.some(
    ({ permissions, everywhere, location_ids }) =>
      permissions.includes(permission) && (everywhere || (location !== null && location_ids.includes(location))),
  );

/** Whether the person may do it in the whole chain. */
export const mayEverywhere = (session: Session, permission: string) => mayAt(session, permission, null);

/** The locations where the person may do it, or one of these. */
export const placesOf = (session: Session, permission: string | readonly string[]): Location[] =>
  session.locations.filter(({ id }) => [permission].flat().some((one) => mayAt(session, one, id)));

/** The query of the URL, as text. */
export const useQueryText = (): Record<string, string | undefined> => useSearch({ strict: false }) as Record<string, string | undefined>;

/** The branch the pages are narrowed to; `undefined` is all where the person has the permission. */
export function useBranch(permission: string | readonly string[]): Location | undefined {
  const { branch } = useQueryText();
  return placesOf(useSession(), permission).find(({ id }) => id === branch);
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
