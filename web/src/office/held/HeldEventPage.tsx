import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { CircleCheck } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { HeldDetail } from "../../api/cloud";
import { Problem } from "../../api/problem";
import { formatInstant } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { Empty, Failure, Skeleton } from "../../ui/states";
import { useZone } from "../session/SessionContext";
import { BackLink } from "../ui/BackLink";
import { Card, PageHead } from "../ui/PageHead";
import { CorrectionForm } from "./CorrectionForm";
import { HeldState } from "./HeldPage";
import { heldEvent, type Place } from "./queries";

/** One record that could not be applied: why, what it says, and another content in its place. */
export function HeldEventPage() {
  const { t } = useTranslation("office");
  const { node = "", epoch = "", seq = "" } = useParams({ strict: false }) as { node?: string; epoch?: string; seq?: string };
  const place: Place = { node, epoch: Number(epoch), seq: Number(seq) };
  const found = useQuery(heldEvent(place));
  const isGone = found.error instanceof Problem && found.error.code === "event.unknown";
  return (
    <>
      <BackLink href={paths.office.held()} label={t("held.title")} />
      {found.isPending && <Skeleton rows={4} className="h-24" />}
      {isGone && <Empty icon={<CircleCheck aria-hidden className="size-7" />} title={t("held.gone")} hint={t("held.emptyHint")} />}
      {found.error && !isGone && !found.data && <Failure error={found.error} onRetry={() => void found.refetch()} />}
      {found.data && !isGone && (
        <>
          <PageHead title={t("held.one", { kind: found.data.kind, epoch: found.data.epoch, seq: found.data.seq })} hint={found.data.location_name}>
            <HeldState state={found.data.state} />
          </PageHead>
          <div className="grid items-start gap-5 xl:grid-cols-[3fr_2fr]">
            <CorrectionForm key={found.data.corrections[0]?.id ?? "first"} place={place} event={found.data} />
            <Facts event={found.data} />
          </div>
        </>
      )}
    </>
  );
}

function Facts({ event }: { event: HeldDetail }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const zone = useZone();
  const when = (instant: string) => formatInstant(instant, locale, zone(event.location_id));
  return (
    <Card title={t("held.reason")}>
      <div className="flex flex-col gap-3 px-5 pb-5">
        <p className="font-medium wrap-anywhere">{event.detail || event.reason}</p>
        <p className="text-sm text-faint">
          {when(event.received_at)} · {t("nodes.attempts", { count: event.attempts })}
        </p>
        {event.missing && (
          <p className="rounded-field bg-amber-wash px-3 py-2 text-amber wrap-anywhere">
            {event.missing.kind}: {event.missing.id}
          </p>
        )}
        {event.corrections.map((correction) => (
          <p key={correction.id} className="border-t border-line pt-3">
            <span className="font-medium">{correction.reason}</span>
            <span className="block text-sm text-faint">
              {correction.by} · {when(correction.at)}
            </span>
          </p>
        ))}
        <details className="border-t border-line pt-3">
          <summary className="flex min-h-12 cursor-pointer items-center font-medium text-pine">{t("held.original")}</summary>
          {/* What scrolls must be reachable by keyboard. */}
          {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
          <pre tabIndex={0} className="max-h-96 overflow-auto rounded-field bg-paper p-3 text-sm">
            {event.body}
          </pre>
        </details>
      </div>
    </Card>
  );
}
