import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { ZReportSummary } from "../../api/cloud";
import { useMoney } from "../../format/CurrencyContext";
import { formatDate, formatTime } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { paths, type ListFilter } from "../../paths";
import { useBranch, useQueryText, useZone } from "../session/SessionContext";
import { Chip } from "../ui/Chip";
import type { Column } from "../ui/DataTable";
import { PagedTable } from "../ui/PagedTable";
import { PageHead } from "../ui/PageHead";
import { DayFilters } from "../ui/DayFilters";
import { Difference } from "./Difference";
import { zReports } from "./queries";

/** The Z reports of the branches one may see, as their tills made them. */
export function ZReportsPage() {
  const { t } = useTranslation("office");
  const common = useTranslation().t;
  const money = useMoney();
  const locale = useLocale();
  const zone = useZone();
  const branch = useBranch("cash.read");
  const { from, to } = useQueryText();
  const filter: ListFilter = { branch: branch?.id, from, to };
  const list = useInfiniteQuery({ ...zReports(filter), placeholderData: keepPreviousData });
  const columns: Column<ZReportSummary>[] = [
    {
      name: "number",
      header: t("cash.zReport"),
      isTitle: true,
      cell: (z) => (
        <span className="whitespace-nowrap">
          {common("report.zNumber", { number: z.number })}
          {z.follows_gap && (
            <span className="ml-2">
              <Chip tone="bad">{t("cash.gap")}</Chip>
            </span>
          )}
        </span>
      ),
    },
    { name: "branch", header: common("branch"), cell: (z) => z.location_name },
    { name: "register", header: common("register"), cell: (z) => z.register },
    { name: "day", header: common("businessDay"), cell: (z) => formatDate(z.business_date, locale) },
    { name: "time", header: t("sales.closedAt"), isWide: true, cell: (z) => formatTime(z.closed_at, locale, zone(z.location_id)) },
    { name: "sales", header: common("report.sales"), isNumber: true, isWide: true, cell: (z) => z.sales },
    { name: "total", header: common("total"), isNumber: true, cell: (z) => <span className="font-semibold">{money.amount(z.total_minor)}</span> },
    { name: "difference", header: common("report.difference"), isNumber: true, cell: (z) => <Difference minor={z.difference_minor} /> },
    { name: "grand", header: common("report.grand"), isNumber: true, isWide: true, cell: (z) => money.amount(z.grand_total_minor) },
  ];
  return (
    <>
      <PageHead title={t("cash.zReports")} hint={t("cash.zReportsHint")}>
        <a
          href={paths.zReportsFile({ location: branch?.id, from, to })}
          download
          className="inline-flex min-h-12 items-center gap-2 rounded-field border border-edge bg-surface px-4 font-semibold hover:bg-sunken"
        >
          <Download aria-hidden className="size-5" />
          {t("audit.export")}
        </a>
      </PageHead>
      <DayFilters permission="cash.read" filter={filter} to={paths.office.zReports} />
      <PagedTable
        label={t("cash.zReports")}
        list={list}
        columns={columns}
        id={(z) => z.id}
        href={(z) => paths.office.zReport(z.location_id, z.shift_id)}
        empty={{ title: t("cash.noZReports"), hint: t("cash.noneHint") }}
      />
    </>
  );
}
