import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import type { SaleReturn } from "../../api/cloud";
import { useMoney } from "../../format/CurrencyContext";
import { formatDate, formatTime } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { useBranch, useQueryText, useZone } from "../session/SessionContext";
import { BackLink } from "../ui/BackLink";
import type { Column } from "../ui/DataTable";
import { ListFilters } from "../ui/ListFilters";
import { PagedTable } from "../ui/PagedTable";
import { PageHead } from "../ui/PageHead";
import { returns } from "./queries";
import { useReason } from "./useReason";

/** What came back at the branches one may see; each leads to its sale. */
export function ReturnsPage() {
  const { t } = useTranslation("office");
  const common = useTranslation().t;
  const money = useMoney();
  const locale = useLocale();
  const zone = useZone();
  const why = useReason();
  const branch = useBranch("sale.read");
  const { from, to, q } = useQueryText();
  const filter = { branch: branch?.id, from, to, q };
  const list = useInfiniteQuery({ ...returns(filter), placeholderData: keepPreviousData });
  const columns: Column<SaleReturn>[] = [
    {
      name: "number",
      header: t("returns.number"),
      isTitle: true,
      cell: ({ receipt_number, excess }) => (
        <span className="whitespace-nowrap">
          {receipt_number}
          {excess > 0 && <span className="ml-2 rounded-full bg-amber-wash px-2 py-0.5 text-sm font-medium text-amber">{t("returns.twice")}</span>}
        </span>
      ),
    },
    { name: "of", header: t("returns.of"), cell: ({ sale_number }) => <span className="whitespace-nowrap">{sale_number}</span> },
    { name: "branch", header: common("branch"), cell: ({ location_name }) => location_name },
    { name: "day", header: common("businessDay"), cell: ({ business_date }) => formatDate(business_date, locale) },
    { name: "time", header: t("sales.closedAt"), isWide: true, cell: ({ returned_at, location_id }) => formatTime(returned_at, locale, zone(location_id)) },
    { name: "why", header: t("returns.why"), cell: why },
    {
      name: "staff",
      header: t("returns.by"),
      isWide: true,
      cell: ({ staff, approved_by }) => [staff, approved_by && t("returns.with", { name: approved_by })].filter(Boolean).join(" · "),
    },
    {
      name: "tenders",
      header: t("sales.paidBy"),
      isWide: true,
      cell: ({ tender_kinds }) => tender_kinds.map((kind) => common(`tender.${kind as "cash"}`, { defaultValue: kind })).join(", "),
    },
    { name: "total", header: t("returns.amount"), isNumber: true, cell: ({ total_minor }) => <span className="font-semibold">{money.amount(-total_minor)}</span> },
  ];
  return (
    <>
      <BackLink href={paths.office.sales(filter)} label={t("sales.title")} />
      <PageHead title={t("returns.title")} hint={t("returns.hint")} />
      <ListFilters permission="sale.read" filter={filter} to={paths.office.returns} searchLabel={t("filter.receipt")} />
      <PagedTable
        label={t("returns.title")}
        list={list}
        columns={columns}
        id={({ id }) => id}
        href={({ location_id, sale_date, sale_id }) => paths.office.sale(location_id, sale_date, sale_id)}
        empty={{ title: t("returns.none"), hint: t("returns.hint") }}
      />
    </>
  );
}
