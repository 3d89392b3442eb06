import { useQuery } from "@tanstack/react-query";

import { roles } from "./queries";

/** All roles to choose from, after the word for none. */
export function useRoleOptions(none: string): [string, string][] {
  const named = useQuery(roles);
  return [["", none], ...(named.data ?? []).map((role): [string, string] => [role.id, role.name])];
}
