import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { mayEverywhere, placesOf, useSession } from "../session/SessionContext";
import { regions, type Place } from "../staff/queries";

const CHAIN = "chain";

/** The place that an option of [`usePlaceOptions`] names. */
export const placeOf = (value: string): Place => {
  const [kind, id] = value.split(":");
  if (kind === "location" && id) return { location_id: id };
  return kind === "region" && id ? { region_id: id } : {};
};

/** The option of a place. */
export const valueOf = ({ location_id, region_id }: Place): string => {
  if (location_id) return `location:${location_id}`;
  return region_id ? `region:${region_id}` : CHAIN;
};

/** Where one may do something for others: the whole chain, its regions, the branches. */
export function usePlaceOptions(permission: string): [string, string][] {
  const { t } = useTranslation("office");
  const session = useSession();
  const known = useQuery(regions);
  const locations = placesOf(session, permission).map((one): [string, string] => [`location:${one.id}`, one.name]);
  if (!mayEverywhere(session, permission)) return locations;
  const named = (known.data ?? []).map((one): [string, string] => [`region:${one.id}`, t("people.region", { name: one.name })]);
  return [[CHAIN, t("people.wholeChain")], ...named, ...locations];
}
