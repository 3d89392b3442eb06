import { keepPreviousData, useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { ClipboardCheck, PackageSearch, Search, Tag } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { StockLine } from "../../api/edge";
import { formatQuantity } from "../../format/quantity";
import { formatInstant } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { Button, IconButton } from "../../ui/Button";
import { Empty, Failure, Skeleton } from "../../ui/states";
import { BackLink } from "../RecentList";
import { printLabel } from "../print/queries";
import { usePrinter } from "../print/usePrinter";
import { may, useStation } from "../StationContext";
import { CountDialog } from "./CountDialog";
import { stock } from "./queries";

/** What lies here and whose it is, and the way to put it right: count it. */
export function StockPage() {
  const { t } = useTranslation("station");
  const { kind, session } = useStation();
  const [q, setQ] = useState("");
  const [counting, setCounting] = useState<StockLine | null>(null);
  const list = useInfiniteQuery({ ...stock(q.trim()), placeholderData: keepPreviousData });
  const lines = list.data?.pages.flatMap((page) => page.items) ?? [];
  const whyNot = may(session, "stock.count") ? null : t("stock.mayNotCount");
  return (
    <div className="mx-auto w-full max-w-4xl p-4 sm:p-6">
      <BackLink
        href={kind === "pos" ? paths.pos.till() : paths.buy.station()}
        label={t(kind === "pos" ? "header.toTill" : "header.toBuying")}
      />
      <h1 className="mt-1 mb-3 text-2xl font-semibold">{t("stock.title")}</h1>
      <div className="relative mb-4">
        <Search aria-hidden className="pointer-events-none absolute top-1/2 left-4 size-5 -translate-y-1/2 text-soft" />
        <input
          type="search"
          autoComplete="off"
          aria-label={t("stock.search")}
          placeholder={t("stock.search")}
          value={q}
          onChange={(event) => setQ(event.target.value)}
          className="min-h-14 w-full rounded-field border-2 border-edge bg-surface pr-4 pl-12 text-lg outline-none placeholder:text-faint focus:border-pine"
        />
      </div>
      {list.isPending && <Skeleton rows={6} className="h-20" />}
      {list.error && <Failure error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess && lines.length === 0 && (
        <Empty icon={<PackageSearch aria-hidden className="size-7" />} title={q ? t("products.none", { q: q.trim() }) : t("stock.empty")} />
      )}
      {lines.length > 0 && (
        <ul aria-label={t("stock.title")} className="divide-y divide-line overflow-hidden rounded-card border border-line bg-surface shadow-card">
          {lines.map((line) => (
            <Row key={line.variant_id} line={line} whyNot={whyNot} onCount={() => setCounting(line)} />
          ))}
        </ul>
      )}
      {list.hasNextPage && (
        <Button className="mt-4 w-full" disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t("loadMore", { ns: "common" })}
        </Button>
      )}
      {counting && <CountDialog line={counting} onClose={() => setCounting(null)} />}
    </div>
  );
}

function Row({ line, whyNot, onCount }: { line: StockLine; whyNot: string | null; onCount: () => void }) {
  const { t } = useTranslation("station");
  const locale = useLocale();
  const { edge } = useStation();
  const hasPrinter = usePrinter() !== null;
  const show = (quantity: number) => formatQuantity(quantity, line.unit, locale);
  const facts: [string, number, string][] = [
    [t("stock.here"), line.node_rights, line.node_rights > 0 ? "" : "text-amber"],
    [t("stock.online"), line.claim_bound, line.claim_bound > 0 ? "text-sky" : "text-faint"],
    [t("stock.picked"), line.picked, line.picked > 0 ? "text-sky" : "text-faint"],
  ];
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0 flex-1 basis-56">
        <p className="leading-snug font-semibold wrap-anywhere">{line.name}</p>
        <p className="text-sm text-faint">
          {line.sku} · {line.counted_at ? t("stock.countedAt", { time: formatInstant(line.counted_at, locale, edge.location.time_zone) }) : t("stock.neverCounted")}
        </p>
        {(line.to_count || line.office_expects !== null) && <p className="text-sm font-medium text-amber">{t("stock.toCount")}</p>}
        {line.debt > 0 && <p className="text-sm font-medium text-rust">{t("stock.debt", { quantity: show(line.debt) })}</p>}
      </div>
      <dl className="flex gap-5">
        {facts.map(([name, quantity, look]) => (
          <div key={name} className="min-w-16 text-right">
            <dt className="text-sm text-faint">{name}</dt>
            <dd className={`text-lg font-semibold ${look}`}>{show(quantity)}</dd>
          </div>
        ))}
      </dl>
      {hasPrinter && <LabelButton line={line} />}
      <Button blocked={whyNot} icon={<ClipboardCheck aria-hidden className="size-5" />} aria-label={t("stock.countOf", { name: line.name })} onClick={onCount}>
        {t("stock.count")}
      </Button>
    </li>
  );
}

/** A label for the shelf, at this register's printer; the badge says how it goes. */
function LabelButton({ line }: { line: StockLine }) {
  const { t } = useTranslation("station");
  const client = useQueryClient();
  const print = useMutation({
    mutationFn: () => printLabel(line.variant_id),
    onSettled: () => client.invalidateQueries({ queryKey: ["prints"] }),
  });
  return (
    <IconButton label={t("prints.labelOf", { name: line.name })} disabled={print.isPending} onClick={() => print.mutate()}>
      <Tag aria-hidden className="size-5" />
    </IconButton>
  );
}
