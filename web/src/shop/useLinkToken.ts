import { useLocation } from "@tanstack/react-router";
import { useEffect, useState } from "react";

const tokenOf = (hash: string): string | null => new URLSearchParams(hash).get("token");

/**
 * The token of the link that led here, until `forget`. It stands behind the `#`, which no server sees, and leaves the
 * address bar and the history at once: whoever uses this browser later finds nothing there.
 */
export function useLinkToken(): [token: string | null, forget: () => void] {
  const hash = useLocation({ select: ({ hash: text }) => text });
  const [seen, setSeen] = useState(hash);
  const [token, setToken] = useState(() => tokenOf(hash));
  // A link that is followed while this page is open changes the hash alone.
  if (hash !== seen) {
    setSeen(hash);
    setToken(tokenOf(hash) ?? token);
  }
  useEffect(() => {
    if (tokenOf(hash) !== null) history.replaceState(history.state, "", location.pathname + location.search);
  }, [hash]);
  return [token, () => setToken(null)];
}
