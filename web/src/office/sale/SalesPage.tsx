import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Undo2 } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { SaleSummary } from "../../api/cloud";
import { useMoney } from "../../format/CurrencyContext";
import { formatDate, formatTime } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { Button } from "../../ui/Button";
import { useGo } from "../../ui/Go";
import { useBranch, useQueryText, useZone } from "../session/SessionContext";
import { ListFilters } from "../ui/ListFilters";
import type { Column } from "../ui/DataTable";
import { PagedTable } from "../ui/PagedTable";
import { PageHead } from "../ui/PageHead";
import { sales } from "./queries";

/** Every sale of the branches one may see. */
export function SalesPage() {
  const { t } = useTranslation("office");
  const common = useTranslation().t;
  const money = useMoney();
  const locale = useLocale();
  const zone = useZone();
  const branch = useBranch("sale.read");
  const { from, to, q } = useQueryText();
  const filter = { branch: branch?.id, from, to, q };
  const go = useGo();
  const isNarrowed = Object.values(filter).some(Boolean);
  const list = useInfiniteQuery({ ...sales(filter), placeholderData: keepPreviousData });
  const columns: Column<SaleSummary>[] = [
    { name: "number", header: t("filter.receipt"), isTitle: true, cell: (sale) => <span className="whitespace-nowrap">{sale.receipt_number}</span> },
    { name: "branch", header: common("branch"), cell: (sale) => sale.location_name },
    { name: "day", header: common("businessDay"), cell: (sale) => formatDate(sale.business_date, locale) },
    { name: "time", header: t("sales.closedAt"), cell: (sale) => formatTime(sale.closed_at, locale, zone(sale.location_id)) },
    { name: "staff", header: common("staff"), isWide: true, cell: (sale) => sale.staff },
    { name: "lines", header: t("sales.lines"), isNumber: true, isWide: true, cell: (sale) => sale.lines },
    {
      name: "tenders",
      header: t("sales.paidBy"),
      isWide: true,
      cell: (sale) => sale.tender_kinds.map((kind) => common(`tender.${kind as "cash"}`, { defaultValue: kind })).join(", "),
    },
    {
      name: "total",
      header: common("total"),
      isNumber: true,
      cell: (sale) => <span className="font-semibold">{money.amount(sale.total_minor)}</span>,
    },
  ];
  return (
    <>
      <PageHead title={t("sales.title")}>
        <Button icon={<Undo2 aria-hidden className="size-5" />} onClick={() => go(paths.office.returns(filter))}>
          {t("returns.title")}
        </Button>
      </PageHead>
      <ListFilters permission="sale.read" filter={filter} to={paths.office.sales} searchLabel={t("filter.receipt")} />
      <PagedTable
        label={t("sales.title")}
        list={list}
        columns={columns}
        id={(sale) => sale.id}
        href={(sale) => paths.office.sale(sale.location_id, sale.business_date, sale.id)}
        empty={isNarrowed ? { title: t("sales.empty"), hint: t("sales.emptyHint") } : { title: t("sales.none"), hint: t("sales.noneHint") }}
      />
    </>
  );
}
