import { useQuery } from "@tanstack/react-query";
import { useLocation } from "@tanstack/react-router";
import { useCallback, useMemo, useRef, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { CurrencyContext } from "../format/CurrencyContext";
import { paths, type StationKind } from "../paths";
import { Banner } from "../ui/Banner";
import { Failure, Skeleton } from "../ui/states";
import { beepError } from "./beep";
import { FencedPage } from "./FencedPage";
import { Header } from "./Header";
import { NoPermissionPage } from "./NoPermissionPage";
import { usePickAlarm } from "./pick/usePickAlarm";
import { edgeState, session as sessionQuery, type EdgeState } from "./queries";
import { rememberRegister, useRememberedRegister } from "./register";
import { OpenShiftPage } from "./shift/OpenShiftPage";
import { RegisterChoice } from "./signin/RegisterChoice";
import { SignInPage } from "./signin/SignInPage";
import { StateBanners } from "./StateBanners";
import { may, StationContext, type Notice, type Station } from "./StationContext";
import { useAutoLock } from "./useAutoLock";
import { useEdgeLive } from "./useEdgeLive";
import { useSignOut } from "./useSignOut";
import { useWedge } from "./useWedge";

/** What a till and a buying station share: the branch computer, who is working, and the open shift. */
export function StationLayout({ kind, children }: { kind: StationKind; children: ReactNode }) {
  const edge = useQuery(edgeState);
  const isSignedIn = Boolean(useQuery(sessionQuery).data);
  const isLost = useEdgeLive(isSignedIn) || edge.isRefetchError;
  if (!edge.data) {
    return edge.error ? <Failure error={edge.error} onRetry={() => void edge.refetch()} /> : <Skeleton rows={0} />;
  }
  return (
    <Branch kind={kind} edge={edge.data} isLost={isLost}>
      {children}
    </Branch>
  );
}

function Branch({ kind, edge, isLost, children }: { kind: StationKind; edge: EdgeState; isLost: boolean; children: ReactNode }) {
  const { t } = useTranslation("station");
  const session = useQuery(sessionQuery).data;
  const [notice, setNotice] = useState<Notice | null>(null);
  // What was told to one person is not for the next, nor for whoever stands before a locked till.
  const [wasSignedIn, setWasSignedIn] = useState(Boolean(session));
  if (wasSignedIn !== Boolean(session)) {
    setWasSignedIn(Boolean(session));
    setNotice(null);
  }
  const onScan = useRef<((code: string) => void)[]>([]);
  const takeScans = useCallback((handler: (code: string) => void) => {
    onScan.current = [...onScan.current, handler];
    return () => {
      onScan.current = onScan.current.filter((other) => other !== handler);
    };
  }, []);
  const currency = useMemo(
    () => ({ code: edge.currency, exponent: edge.currency_exponent }),
    [edge.currency, edge.currency_exponent],
  );
  const station = useMemo<Station | null>(
    () => (session ? { kind, edge, session, notify: setNotice, takeScans } : null),
    [kind, edge, session, takeScans],
  );

  useWedge((code) => {
    const hears = onScan.current.at(-1);
    if (hears) {
      hears(code);
      return;
    }
    beepError();
    setNotice({ tone: "warn", text: t(session ? "scan.noShift" : "scan.notSignedIn", { code }) });
  });

  useAutoLock(Boolean(session), useSignOut());

  const toPick = usePickAlarm(session ?? null, setNotice);

  if (edge.fence) return <FencedPage fence={edge.fence} />;
  const hasShift = Boolean(session?.shift);
  return (
    <CurrencyContext value={currency}>
      <StationContext value={station}>
        <div className="flex h-dvh flex-col">
          <Header kind={kind} edge={edge} session={session ?? null} toPick={toPick} />
          <StateBanners edge={edge} session={session ?? null} isLost={isLost} />
          {notice && (
            // A notice about an open shift that is missing ends when one is opened.
            <Banner tone={notice.tone} onDismiss={() => setNotice(null)}>
              {notice.text}
            </Banner>
          )}
          <main className="flex min-h-0 flex-1 flex-col overflow-y-auto" key={hasShift ? "open" : "closed"}>
            <Gate kind={kind} edge={edge} onShift={() => setNotice(null)}>
              {children}
            </Gate>
          </main>
        </div>
      </StationContext>
    </CurrencyContext>
  );
}

/** Register, then person, then shift; the work is behind all three. */
function Gate({ kind, edge, onShift, children }: { kind: StationKind; edge: EdgeState; onShift: () => void; children: ReactNode }) {
  const session = useQuery(sessionQuery);
  const remembered = useRememberedRegister();
  const register = edge.registers.find(({ id }) => id === remembered);
  const path = useLocation({ select: (location) => location.pathname });
  // Z reports and papers are looked at after the last shift is closed, too.
  const isPaper = path === paths.prints(kind) || path === paths.zReports(kind) || path.startsWith(`${paths.zReports(kind)}/`);

  if (edge.mode === "unenrolled") return null;
  if (session.isPending) return <Skeleton rows={0} />;
  // Who works here stays known while the branch computer cannot be asked again.
  if (session.data === undefined && session.error) return <Failure error={session.error} onRetry={() => void session.refetch()} />;
  if (!session.data) {
    if (!register) return <RegisterChoice registers={edge.registers} onChoose={rememberRegister} />;
    return <SignInPage kind={kind} register={register} />;
  }
  if (!may(session.data, kind === "pos" ? "sale.create" : "purchase.create")) return <NoPermissionPage kind={kind} />;
  if (!session.data.shift && !isPaper) return <OpenShiftPage onOpened={onShift} />;
  return children;
}
