import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Outlet, useLocation, useRouter } from "@tanstack/react-router";
import { Lock } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import type { Session } from "../api/cloud";
import { Problem } from "../api/problem";
import { CurrencyContext } from "../format/CurrencyContext";
import { paths } from "../paths";
import { Banner } from "../ui/Banner";
import { Empty, Failure, Refusal, Skeleton } from "../ui/states";
import { FeedContext } from "./FeedContext";
import { useOfficeLive } from "./live/useOfficeLive";
import { Navigation } from "./Navigation";
import { firstPage, mayOpen, pageOf } from "./session/access";
import { FactorPage } from "./session/FactorPage";
import { session as sessionQuery } from "./session/queries";
import { SessionContext, useQueryText, useSession } from "./session/SessionContext";
import { PageHead } from "./ui/PageHead";

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
    const here = new URL(router.history.location.href, location.origin);
    // What a sign-in provider said belongs on the page of signing in, not to the way back.
    const problem = here.searchParams.get("problem") ?? undefined;
    here.searchParams.delete("problem");
    router.history.replace(paths.office.signIn(here.pathname + here.search, problem));
  }, [isSignedOut, client, router]);

  // Kept until the person goes on: the recovery codes that they have just got are shown once.
  const [owed, setOwed] = useState<Session["second_factor"]>(null);
  const owes = session.data?.second_factor ?? null;
  if (owes && !owed) setOwed(owes);
  if (owed && isSignedOut) setOwed(null);

  if (session.error && !session.data) return <Failure error={session.error} onRetry={() => void session.refetch()} />;
  if (!session.data) return <Skeleton rows={0} />;
  if (owed) return <FactorPage owed={owed} onDone={() => void session.refetch().then(() => setOwed(null))} />;
  return <SignedIn session={session.data} />;
}

function SignedIn({ session }: { session: Session }) {
  const { t } = useTranslation();
  const { isLive, feed } = useOfficeLive();
  const currency = useMemo(
    () => ({ code: session.currency, exponent: session.currency_exponent }),
    [session.currency, session.currency_exponent],
  );
  return (
    <SessionContext value={session}>
      <CurrencyContext value={currency}>
        <FeedContext value={feed}>
          {session.authored && <Banner tone="note">{t("authored")}</Banner>}
          <div className="flex min-h-dvh flex-col lg:flex-row">
            <Navigation isLive={isLive} />
            <main className="min-w-0 flex-1 p-4 pb-24 sm:p-6 sm:pb-24 lg:p-8">
              <SignInProblem />
              <Content />
            </main>
          </div>
        </FeedContext>
      </CurrencyContext>
    </SessionContext>
  );
}

/** A sign-in by a provider has failed, and this browser is signed in all the same. */
function SignInProblem() {
  const { problem } = useQueryText();
  return problem ? <Refusal error={new Problem(problem, 401, problem)} className="mb-5" /> : null;
}

/** The page, if one may see it: what one may do changes while it is open. */
function Content() {
  const session = useSession();
  const path = useLocation({ select: (location) => location.pathname });
  const page = pageOf(path);
  return <Guarded key={path} isFirst={page === "overview"} isOpen={page === undefined || mayOpen(session, page)} />;
}

function Guarded({ isFirst, isOpen }: { isFirst: boolean; isOpen: boolean }) {
  const session = useSession();
  const router = useRouter();
  const [wasOpen] = useState(isOpen);
  // Whoever comes to the office without the figures' permission begins at the first page of their own.
  const elsewhere = isFirst && !isOpen && !wasOpen ? firstPage(session) : undefined;
  useEffect(() => {
    if (elsewhere) router.history.replace(elsewhere);
  }, [elsewhere, router]);
  if (isOpen) return <Outlet />;
  return elsewhere ? <Skeleton rows={0} /> : <NotYours wasOpen={wasOpen} />;
}

function NotYours({ wasOpen }: { wasOpen: boolean }) {
  const { t } = useTranslation("office");
  const session = useSession();
  const reason = wasOpen ? t("may.noMore") : t("may.notThis");
  return (
    <>
      <PageHead title={t("may.title")} />
      <Empty icon={<Lock aria-hidden className="size-7" />} title={t("may.head")} hint={session.permissions.length === 0 ? t("may.none") : reason} />
    </>
  );
}
