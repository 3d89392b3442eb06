import { useQueryClient } from "@tanstack/react-query";

import { setSession, signOut } from "./queries";

/** Signs out here at once; the branch computer is told, and forgets the session anyway when it cannot be. */
export function useSignOut(): () => void {
  const client = useQueryClient();
  return () => {
    void signOut()
      .catch(() => undefined)
      .finally(() => setSession(client, null));
  };
}
