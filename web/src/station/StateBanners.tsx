import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import type { Session } from "../api/edge";
import { formatSince } from "../format/when";
import { useLocale } from "../i18n/useLocale";
import { Banner } from "../ui/Banner";
import { Button } from "../ui/Button";
import { ClockDialog } from "./ClockDialog";
import type { EdgeState } from "./queries";

const CAUSES = ["machine", "rollback", "fork", "fenced"] as const;
const MEGABYTE = 1_000_000;
const DAY_MS = 86_400_000;
/** A night without the office is nothing; a day is worth a word. */
const LONG_ALONE_MS = DAY_MS;
/** So long before some of a person's permissions end without the office. */
const LAPSE_TOLD_MS = 2 * DAY_MS;

/** What is wrong with the branch computer and what to do, in plain words. An office that is out of reach is not wrong: its chip says so. */
export function StateBanners({ edge, session, isLost }: { edge: EdgeState; session: Session | null; isLost: boolean }) {
  const { t } = useTranslation("station");
  const { mode, sync } = edge;
  return (
    <>
      {isLost && <Banner tone="bad">{t("banner.edgeLost")}</Banner>}
      {mode === "restricted" && <Restricted edge={edge} />}
      {(mode === "readonly" || mode === "unenrolled") && <Banner tone="bad">{t(`banner.${mode}`)}</Banner>}
      <ClockBanner edge={edge} session={session} />
      <DiskBanner edge={edge} />
      {edge.books === "differ" && <Banner tone="warn">{t("banner.books")}</Banner>}
      {session && <AloneBanner edge={edge} session={session} />}
      {sync.upgrade && <Banner tone="warn">{t("banner.upgrade")}</Banner>}
      <SyncBanner edge={edge} />
      {edge.training && <Banner tone="note">{t("banner.training")}</Banner>}
      {edge.authored && <Banner tone="note">{t("authored", { ns: "common" })}</Banner>}
    </>
  );
}

/** What the office says to this branch's records. An office that is out of reach says nothing. */
function SyncBanner({ edge }: { edge: EdgeState }) {
  const { t } = useTranslation("station");
  const { problem, problem_kind: kind, upgrade } = edge.sync;
  if (kind === "held") return <Banner tone="note">{t("banner.held")}</Banner>;
  // Why it takes no more is told above, once it is known.
  const isNews = kind === "refused" || (kind === "stopped" && !upgrade && edge.mode === "normal");
  return isNews ? <Banner tone="warn">{t("banner.syncProblem", { problem })}</Banner> : null;
}

function Restricted({ edge }: { edge: EdgeState }) {
  const { t } = useTranslation("station");
  const cause = CAUSES.find((known) => known === edge.restricted?.cause) ?? "unknown";
  return (
    <Banner tone="bad">
      {t(`banner.cause.${cause}`)} {t(`banner.todo.${cause}`)}
    </Banner>
  );
}

/** After days without the office, what managers may do ends: whoever is about to lose it hears it in time. */
function AloneBanner({ edge, session }: { edge: EdgeState; session: Session }) {
  const { t } = useTranslation("station");
  const client = useQueryClient();
  const locale = useLocale();
  const { connected, last_contact } = edge.sync;
  const zone = edge.location.time_zone;
  const until = session.believed_until;
  const hasLapsed = Boolean(until && until <= edge.now);
  useEffect(() => {
    if (hasLapsed) void client.invalidateQueries({ queryKey: ["session"] });
  }, [client, hasLapsed]);
  if (connected || !last_contact) return null;
  const since = formatSince(last_contact, edge.now, locale, zone);
  if (until && !hasLapsed && isWithin(LAPSE_TOLD_MS, edge.now, until)) {
    return <Banner tone="warn">{t("banner.lapse", { since, until: formatSince(until, edge.now, locale, zone) })}</Banner>;
  }
  return isWithin(LONG_ALONE_MS, last_contact, edge.now) ? null : <Banner tone="note">{t("banner.alone", { since })}</Banner>;
}

const isWithin = (span: number, from: string, to: string) => Date.parse(to) - Date.parse(from) < span;

function DiskBanner({ edge }: { edge: EdgeState }) {
  const { t } = useTranslation("station");
  const locale = useLocale();
  const disk = edge.disk as EdgeState["disk"] | undefined;
  if (disk?.state !== "warn" && disk?.state !== "full") return null;
  const size = new Intl.NumberFormat(locale, { style: "unit", unit: "megabyte", maximumFractionDigits: 0 });
  const free = size.format(disk.free_bytes / MEGABYTE);
  return <Banner tone={disk.state === "full" ? "bad" : "warn"}>{t(disk.state === "full" ? "banner.diskFull" : "banner.diskWarn", { free })}</Banner>;
}

function ClockBanner({ edge, session }: { edge: EdgeState; session: Session | null }) {
  const { t } = useTranslation("station");
  const [isAsking, setAsking] = useState(false);
  const { clock } = edge;
  const minutes = Math.round(Math.max(Math.abs(clock.offset_ms ?? 0), clock.behind_ms) / 60_000);
  if (!clock.skewed && !clock.to_confirm) return null;
  return (
    <>
      <Banner tone="warn">
        <span className="flex flex-wrap items-center gap-x-4 gap-y-1">
          {clock.skewed ? t("banner.clock", { minutes }) : t("banner.clockUnknown")}
          {session && clock.to_confirm && <Button onClick={() => setAsking(true)}>{t("clock.check")}</Button>}
        </span>
      </Banner>
      {isAsking && <ClockDialog edge={edge} onClose={() => setAsking(false)} />}
    </>
  );
}
