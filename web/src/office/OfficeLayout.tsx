import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Outlet, useRouter } from "@tanstack/react-router";
import { useEffect, useMemo } from "react";

import type { Session } from "../api/cloud";
import { CurrencyContext } from "../format/CurrencyContext";
import { paths } from "../paths";
import { Failure, Skeleton } from "../ui/states";
import { FeedContext } from "./FeedContext";
import { useOfficeLive } from "./live/useOfficeLive";
import { Navigation } from "./Navigation";
import { session as sessionQuery } from "./session/queries";
import { SessionContext } from "./session/SessionContext";

/** Signed in or on the way to the sign-in page, and then back here. */
export function OfficeLayout() {
  const session = useQuery(sessionQuery);
  const client = useQueryClient();
  const router = useRouter();
  const isSignedOut = session.data === null;
  useEffect(() => {
    if (!isSignedOut) return;
    client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== "session" });
    // Where one was is read once: it changes by the very step away.
    router.history.replace(paths.office.signIn(router.history.location.href));
  }, [isSignedOut, client, router]);

  if (session.error && !session.data) return <Failure error={session.error} onRetry={() => void session.refetch()} />;
  if (!session.data) return <Skeleton rows={0} />;
  return <SignedIn session={session.data} />;
}

function SignedIn({ session }: { session: Session }) {
  const { isLive, feed } = useOfficeLive();
  const currency = useMemo(
    () => ({ code: session.currency, exponent: session.currency_exponent }),
    [session.currency, session.currency_exponent],
  );
  return (
    <SessionContext value={session}>
      <CurrencyContext value={currency}>
        <FeedContext value={feed}>
          <div className="flex min-h-dvh flex-col lg:flex-row">
            <Navigation isLive={isLive} />
            <main className="min-w-0 flex-1 p-4 pb-24 sm:p-6 sm:pb-24 lg:p-8">
              <Outlet />
            </main>
          </div>
        </FeedContext>
      </CurrencyContext>
    </SessionContext>
  );
}
