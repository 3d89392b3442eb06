import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Printer as PrinterIcon } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Print, PrinterOfRegister } from "../../api/edge";
import { formatTime } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { Button } from "../../ui/Button";
import { Empty, Failure, Refusal, Skeleton } from "../../ui/states";
import { BackLink } from "../RecentList";
import { may, useStation } from "../StationContext";
import { LetterheadDialog } from "./LetterheadDialog";
import { PrinterDialog } from "./PrinterDialog";
import { decidePrint, printers, prints } from "./queries";
import { useReason } from "./useReason";

/** What waits for printers and what to do about it, and the printers themselves. */
export function PrintsPage() {
  const { t } = useTranslation("station");
  const { kind } = useStation();
  const queue = useQuery(prints);
  const stations = useQuery(printers);
  const withPrinter = stations.data?.filter(({ printer }) => printer !== null) ?? [];
  return (
    <div className="mx-auto w-full max-w-4xl p-4 sm:p-6">
      <BackLink
        href={kind === "pos" ? paths.pos.till() : paths.buy.station()}
        label={t(kind === "pos" ? "header.toTill" : "header.toBuying")}
      />
      <h1 className="mt-1 mb-3 text-2xl font-semibold">{t("prints.title")}</h1>
      {queue.isPending && <Skeleton rows={3} className="h-20" />}
      {queue.error && <Failure error={queue.error} onRetry={() => void queue.refetch()} />}
      {queue.data?.length === 0 && <Empty icon={<PrinterIcon aria-hidden className="size-7" />} title={t("prints.empty")} />}
      {queue.data && queue.data.length > 0 && (
        <ul aria-label={t("prints.title")} className="divide-y divide-line overflow-hidden rounded-card border border-line bg-surface shadow-card">
          {queue.data.map((print) => (
            <Row key={print.id} print={print} stations={withPrinter} />
          ))}
        </ul>
      )}
      <Printers stations={stations.data ?? []} />
    </div>
  );
}

function Row({ print, stations }: { print: Print; stations: PrinterOfRegister[] }) {
  const { t } = useTranslation("station");
  const locale = useLocale();
  const { edge } = useStation();
  const client = useQueryClient();
  const say = useReason();
  const decide = useMutation({
    mutationFn: ({ decision, register }: { decision: "again" | "skip" | "move"; register?: string }) => decidePrint(print.id, decision, register ?? null),
    onSettled: () => client.invalidateQueries({ queryKey: ["prints"] }),
  });
  const isOpen = print.state === "waiting" || print.state === "failed";
  const others = stations.filter(({ register }) => register.id !== print.register.id);
  const name = [t(`prints.what.${print.what}`), print.name].filter(Boolean).join(" ");
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3" aria-label={name}>
      <div className="min-w-0 flex-1 basis-56">
        <p className="leading-snug font-semibold wrap-anywhere">{name}</p>
        <p className="text-sm text-faint">
          {formatTime(print.created_at, locale, edge.location.time_zone)} · {print.register.name}
          {print.copy > 0 && ` · ${t("prints.isCopy", { number: print.copy })}`}
        </p>
        <p className={`text-sm font-medium ${isOpen && print.reason ? "text-amber" : "text-soft"}`}>{say(print)}</p>
        {print.state === "failed" && print.is_uncertain && <p className="text-sm text-soft">{t("prints.uncertain")}</p>}
        <Refusal error={decide.error} className="mt-2" />
      </div>
      {isOpen && (
        <div className="flex flex-wrap gap-2">
          {print.state === "failed" && (
            <Button kind="primary" disabled={decide.isPending} onClick={() => decide.mutate({ decision: "again" })}>
              {t("prints.again")}
            </Button>
          )}
          {others.map(({ register }) => (
            <Button key={register.id} disabled={decide.isPending} onClick={() => decide.mutate({ decision: "move", register: register.id })}>
              {t("prints.moveTo", { name: register.name })}
            </Button>
          ))}
          <Button disabled={decide.isPending} onClick={() => decide.mutate({ decision: "skip" })}>
            {t("prints.skip")}
          </Button>
        </div>
      )}
    </li>
  );
}

function Printers({ stations }: { stations: PrinterOfRegister[] }) {
  const { t } = useTranslation("station");
  const { session } = useStation();
  const [setting, setSetting] = useState<PrinterOfRegister | null>(null);
  const [isHead, setHead] = useState(false);
  const mayNot = may(session, "printer.manage") ? null : t("prints.mayNotSet");
  return (
    <section aria-labelledby="printers-title" className="mt-8">
      <h2 id="printers-title" className="mb-3 text-xl font-semibold">
        {t("prints.printers")}
      </h2>
      <ul className="divide-y divide-line overflow-hidden rounded-card border border-line bg-surface shadow-card">
        {stations.map((station) => (
          <li key={station.register.id} className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
            <div className="min-w-0 flex-1 basis-56">
              <p className="font-semibold">{station.register.name}</p>
              <p className="text-sm text-soft wrap-anywhere">
                {station.printer ? `${station.printer.host}:${station.printer.port} · ${t(`prints.width.${station.printer.width}`)}` : t("prints.none")}
              </p>
            </div>
            <Button blocked={mayNot} aria-label={t("prints.setOf", { name: station.register.name })} onClick={() => setSetting(station)}>
              {t("prints.set")}
            </Button>
          </li>
        ))}
      </ul>
      <Button className="mt-4" blocked={mayNot} onClick={() => setHead(true)}>
        {t("prints.head")}
      </Button>
      {setting && <PrinterDialog station={setting} onClose={() => setSetting(null)} />}
      {isHead && <LetterheadDialog onClose={() => setHead(false)} />}
    </section>
  );
}
