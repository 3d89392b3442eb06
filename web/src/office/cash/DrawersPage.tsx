import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { ArrowDownWideNarrow } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import type { DrawerOfShift } from "../../api/cloud";
import { useMoney } from "../../format/CurrencyContext";
import { formatDate, formatTime } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { paths, type ListFilter } from "../../paths";
import { Button } from "../../ui/Button";
import { Empty, Failure, Skeleton } from "../../ui/states";
import { useBranch, useQueryText, useZone } from "../session/SessionContext";
import { Chip } from "../ui/Chip";
import { DataTable, type Column } from "../ui/DataTable";
import { DayFilters } from "../ui/DayFilters";
import { Difference } from "./Difference";
import { DrawerDialog } from "./DrawerDialog";
import { PageHead } from "../ui/PageHead";
import { drawers } from "./queries";

/** Every drawer by shift: what it began with, what passed through it, and what was counted. */
export function DrawersPage() {
  const { t } = useTranslation("office");
  const branch = useBranch("cash.read");
  const { from, to } = useQueryText();
  const filter: ListFilter = { branch: branch?.id, from, to };
  const list = useInfiniteQuery({ ...drawers(filter), placeholderData: keepPreviousData });
  const [byDifference, setByDifference] = useState(false);
  const [open, setOpen] = useState<DrawerOfShift | null>(null);
  const pages = list.data?.pages;
  const rows = useMemo(() => {
    const all = pages?.flatMap((page) => page.items) ?? [];
    return byDifference ? all.toSorted((one, other) => off(other) - off(one)) : all;
  }, [pages, byDifference]);
  const columns = useColumns(setOpen);
  return (
    <>
      <PageHead title={t("cash.drawers")} hint={t("cash.drawersHint")}>
        <Button aria-pressed={byDifference} className="aria-pressed:border-pine aria-pressed:bg-pine-wash" icon={<ArrowDownWideNarrow aria-hidden className="size-5" />} onClick={() => setByDifference(!byDifference)}>
          {t("cash.byDifference")}
        </Button>
      </PageHead>
      <DayFilters permission="cash.read" filter={filter} to={paths.office.drawers} />
      {list.isPending && <Skeleton rows={8} />}
      {list.error && rows.length === 0 && <Failure error={list.error} onRetry={() => void list.refetch()} />}
      {list.data && rows.length === 0 && <Empty title={t("cash.noDrawers")} hint={t("cash.noneHint")} />}
      {rows.length > 0 && <DataTable label={t("cash.drawers")} rows={rows} columns={columns} id={(row) => row.shift_id} />}
      {list.hasNextPage && (
        <Button className="mt-4 w-full" disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t("loadMore", { ns: "common" })}
        </Button>
      )}
      {open && <DrawerDialog drawer={open} onClose={() => setOpen(null)} />}
    </>
  );
}

const off = (row: DrawerOfShift) => Math.abs(row.difference_minor ?? 0);

function useColumns(onOpen: (row: DrawerOfShift) => void): Column<DrawerOfShift>[] {
  const { t } = useTranslation("office");
  const common = useTranslation().t;
  const money = useMoney();
  const locale = useLocale();
  const zone = useZone();
  const when = (row: DrawerOfShift) => {
    const opened = row.opened_at ? formatTime(row.opened_at, locale, zone(row.location_id)) : "–";
    return row.closed_at ? `${opened} – ${formatTime(row.closed_at, locale, zone(row.location_id))}` : `${opened} –`;
  };
  return [
    {
      name: "register",
      header: common("register"),
      isTitle: true,
      cell: (row) => (
        <button type="button" className="min-h-12 text-left font-semibold text-pine underline-offset-4 hover:underline" onClick={() => onOpen(row)}>
          {row.register || common("register")}
          <span className="block text-sm font-normal whitespace-nowrap text-soft">{row.location_name}</span>
        </button>
      ),
    },
    {
      name: "day",
      header: common("businessDay"),
      cell: (row) => (
        <>
          <span className="whitespace-nowrap">{formatDate(row.business_date, locale)}</span>
          <span className="block text-sm whitespace-nowrap text-soft">{when(row)}</span>
        </>
      ),
    },
    {
      name: "difference",
      header: common("report.difference"),
      isNumber: true,
      cell: (row) => (
        <>
          <Difference minor={row.difference_minor} />
          {row.agrees === false && <span className="block text-sm text-amber">{t("cash.disagrees")}</span>}
        </>
      ),
    },
    {
      name: "counted",
      header: common("report.counted"),
      isNumber: true,
      cell: (row) => (row.counted_minor === null || row.counted_minor === undefined ? <Chip>{t("cash.open")}</Chip> : money.amount(row.counted_minor)),
    },
    { name: "expected", header: common("report.expected"), isNumber: true, cell: (row) => money.amount(row.expected_minor) },
    { name: "float", header: common("report.float"), isNumber: true, isWide: true, cell: (row) => money.amount(row.float_minor) },
    { name: "cash", header: common("report.cashSales"), isNumber: true, cell: (row) => money.amount(row.cash_minor) },
    {
      name: "moved",
      header: t("cash.moved"),
      isNumber: true,
      isWide: true,
      cell: (row) => money.amount(row.paid_in_minor - row.paid_out_minor - row.purchases_paid_minor + row.purchases_back_minor),
    },
    { name: "dropped", header: common("report.drops"), isNumber: true, isWide: true, cell: (row) => money.amount(-row.dropped_minor) },
  ];
}
