import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Session } from "../api/edge";
import { useLocale } from "../i18n/useLocale";
import { Banner } from "../ui/Banner";
import { Button } from "../ui/Button";
import { ClockDialog } from "./ClockDialog";
import type { EdgeState } from "./queries";

const CAUSES = ["machine", "rollback", "fork", "fenced"] as const;
const MEGABYTE = 1_000_000;

/** What is wrong with the branch computer and what to do, in plain words. A lost office is not: its chip says it. */
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
      {sync.upgrade && <Banner tone="warn">{t("banner.upgrade")}</Banner>}
      {sync.problem && <Banner tone="warn">{t("banner.syncProblem", { problem: sync.problem })}</Banner>}
      {edge.training && <Banner tone="note">{t("banner.training")}</Banner>}
    </>
  );
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
  const minutes = Math.round(Math.abs(clock.offset_ms ?? clock.behind_ms) / 60_000);
  if (!clock.skewed && !clock.to_confirm) return null;
  return (
    <>
      <Banner tone="warn">
        <span className="flex flex-wrap items-center gap-x-4 gap-y-1">
          {minutes > 0 ? t("banner.clock", { minutes }) : t("banner.clockUnknown")}
          {session && clock.to_confirm && <Button onClick={() => setAsking(true)}>{t("clock.check")}</Button>}
        </span>
      </Banner>
      {isAsking && <ClockDialog edge={edge} onClose={() => setAsking(false)} />}
    </>
  );
}
