import { useQuery } from "@tanstack/react-query";
import { clsx } from "clsx";
import { CircleCheck, OctagonAlert } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { Invariants } from "../../api/cloud";
import { formatInstant, formatTimeThere } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { Failure, Skeleton } from "../../ui/states";
import { useCommonZone } from "../session/SessionContext";
import { Card, PageHead } from "../ui/PageHead";
import { Balance } from "./Balance";
import { BranchBalances } from "./BranchBalances";
import { ChecksCard } from "./ChecksCard";
import { FlowChart } from "./FlowChart";
import { invariants } from "./queries";
import { useFlow } from "./useFlow";

/** The proof on one screen: where every record is, and the figures that must stay zero. */
export function IntegrityPage() {
  const { t } = useTranslation("office");
  const figures = useQuery(invariants);
  const samples = useFlow(figures.data?.as_of, figures.data?.on_their_way);
  return (
    <>
      <PageHead title={t("integrity.title")} hint={t("integrity.hint")} />
      {figures.isPending && <Skeleton rows={3} className="h-40" />}
      {figures.error && !figures.data && <Failure error={figures.error} onRetry={() => void figures.refetch()} />}
      {figures.data && (
        <div className="flex flex-col gap-5">
          <Card title={t("integrity.equation")}>
            <div className="px-5 pb-5">
              <Balance {...figures.data} />
            </div>
          </Card>
          <Counters figures={figures.data} />
          <div className="grid items-start gap-5 xl:grid-cols-2">
            <Card title={t("integrity.flow")}>
              <FlowChart samples={samples} />
            </Card>
            <ChecksCard figures={figures.data} />
          </div>
          <BranchBalances nodes={figures.data.nodes} />
        </div>
      )}
    </>
  );
}

/** Older than this, the time alone would mislead. */
const SAME_DAY_MS = 20 * 3600 * 1000;

function Counters({ figures }: { figures: Invariants }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const zone = useCommonZone();
  const { complete_to } = figures;
  const isToday = Boolean(complete_to) && Date.parse(figures.as_of) - Date.parse(complete_to ?? "") < SAME_DAY_MS;
  const time = complete_to ? (isToday ? formatTimeThere(complete_to, locale, zone) : formatInstant(complete_to, locale, zone)) : "–";
  return (
    <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-4">
      <MustBeZero name={t("integrity.oversold")} hint={t("integrity.oversoldHint")} count={figures.oversold} />
      <MustBeZero name={t("integrity.lost")} hint={t("integrity.lostHint")} count={figures.lost} />
      <MustBeZero name={t("integrity.doubled")} hint={t("integrity.doubledHint")} count={figures.doubled} />
      <Counter name={t("integrity.completeTo")} hint={t("integrity.completeHint")} value={time} />
      <Counter name={t("integrity.onTheirWay")} hint={t("integrity.onTheirWayHint")} value={new Intl.NumberFormat(locale).format(figures.on_their_way)} isSmall />
      <Counter name={t("integrity.overrides")} hint={t("integrity.overridesHint")} value={new Intl.NumberFormat(locale).format(figures.overrides)} isSmall />
      <Counter name={t("integrity.broken")} hint={t("integrity.brokenHint")} value={new Intl.NumberFormat(locale).format(figures.promises_broken)} isSmall />
    </div>
  );
}

function MustBeZero({ name, hint, count }: { name: string; hint: string; count: number }) {
  const locale = useLocale();
  const isRight = count === 0;
  const Icon = isRight ? CircleCheck : OctagonAlert;
  return (
    <section aria-label={name} className={clsx("rounded-card border p-5 shadow-card", isRight ? "border-pine-line bg-pine-wash" : "border-rust bg-rust-wash")}>
      <p className={clsx("flex items-center gap-2 font-semibold", isRight ? "text-pine" : "text-rust")}>
        <Icon aria-hidden className="size-5" />
        {name}
      </p>
      <p className={clsx("mt-1 text-5xl leading-none font-bold", isRight ? "text-pine" : "text-rust")}>{new Intl.NumberFormat(locale).format(count)}</p>
      <p className="mt-2 text-sm text-soft">{hint}</p>
    </section>
  );
}

function Counter({ name, hint, value, isSmall = false }: { name: string; hint: string; value: string; isSmall?: boolean }) {
  return (
    <section aria-label={name} className="rounded-card border border-line bg-surface p-5 shadow-card">
      <p className="font-semibold text-soft">{name}</p>
      <p className={clsx("mt-1 leading-none font-bold", isSmall ? "text-3xl" : "text-4xl")}>{value}</p>
      <p className="mt-2 text-sm text-faint">{hint}</p>
    </section>
  );
}
