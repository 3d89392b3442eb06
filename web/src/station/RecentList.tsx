import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";
import { ArrowLeft, ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { formatInstant } from "../format/when";
import { useLocale } from "../i18n/useLocale";
import { Button } from "../ui/Button";
import { paths } from "../paths";
import { Go } from "../ui/Go";
import { Empty, Failure, Skeleton } from "../ui/states";
import { useStation } from "./StationContext";

interface Row {
  id: string;
  href: string;
  number: string;
  at: string;
  who: string;
  lines: number;
  amount: string;
  /** What became of it since. */
  state?: string | null;
}

interface RecentListProps<T> {
  title: string;
  empty: string;
  back: { href: string; label: string };
  list: UseInfiniteQueryResult<InfiniteData<{ items: T[]; next?: string | null }>>;
  row: (item: T) => Row;
  /** Between the title and the list: what narrows it. */
  children?: ReactNode;
}

/** Documents of this shop, newest first; each leads to its paper. */
export function RecentList<T>({ title, empty, back, list, row, children }: RecentListProps<T>) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { edge } = useStation();
  const rows = list.data?.pages.flatMap((page) => page.items.map(row)) ?? [];
  return (
    <div className="mx-auto w-full max-w-3xl p-4 sm:p-6">
      <BackLink {...back} />
      <h1 className="mt-1 mb-4 text-2xl font-semibold">{title}</h1>
      {children}
      {list.isPending && <Skeleton />}
      {list.error && <Failure error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess && rows.length === 0 && <Empty title={empty} />}
      {rows.length > 0 && (
        <ul className="divide-y divide-line overflow-hidden rounded-card border border-line bg-surface shadow-card">
          {rows.map((item) => (
            <li key={item.id}>
              <Go href={item.href} className="flex min-h-16 items-center gap-4 px-4 py-2 hover:bg-pine-wash">
                <span className="min-w-0 flex-1">
                  <span className="block font-semibold">
                    {item.number}
                    {item.state && <span className="ml-2 rounded-full bg-amber-wash px-2 py-0.5 text-sm font-medium text-amber">{item.state}</span>}
                  </span>
                  <span className="block text-sm wrap-anywhere text-soft">
                    {formatInstant(item.at, locale, edge.location.time_zone)} · {t("lines", { count: item.lines })} · {item.who}
                  </span>
                </span>
                <span className={item.state ? "text-lg text-soft line-through" : "text-lg font-semibold"}>{item.amount}</span>
                <ChevronRight aria-hidden className="size-5 text-faint" />
              </Go>
            </li>
          ))}
        </ul>
      )}
      {list.hasNextPage && (
        <Button className="mt-4 w-full" disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t("loadMore")}
        </Button>
      )}
    </div>
  );
}

export function BackLink({ href, label }: { href: string; label: string }) {
  return (
    <Go href={href} className="-ml-2 inline-flex min-h-12 items-center gap-2 rounded-field px-2 font-medium text-pine hover:bg-pine-wash">
      <ArrowLeft aria-hidden className="size-5" />
      {label}
    </Go>
  );
}

/** From a page of the menu back to the work. */
export function BackToWork() {
  const { t } = useTranslation("station");
  const isPos = useStation().kind === "pos";
  return <BackLink href={isPos ? paths.pos.till() : paths.buy.station()} label={t(isPos ? "header.toTill" : "header.toBuying")} />;
}
