import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import type { PurchaseSummary } from "../../api/cloud";
import { useMoney } from "../../format/CurrencyContext";
import { formatDate, formatTime } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { useBranch, useQueryText, useZone } from "../session/SessionContext";
import type { Column } from "../ui/DataTable";
import { ListFilters } from "../ui/ListFilters";
import { PagedTable } from "../ui/PagedTable";
import { PageHead } from "../ui/PageHead";
import { purchases } from "./queries";

/** Every purchase of the branches one may see. */
export function PurchasesPage() {
  const { t } = useTranslation("office");
  const common = useTranslation().t;
  const money = useMoney();
  const locale = useLocale();
  const zone = useZone();
  const branch = useBranch("purchase.read");
  const { from, to, q } = useQueryText();
  const filter = { branch: branch?.id, from, to, q };
  const isNarrowed = Object.values(filter).some(Boolean);
  const list = useInfiniteQuery({ ...purchases(filter), placeholderData: keepPreviousData });
  const columns: Column<PurchaseSummary>[] = [
    { name: "number", header: t("filter.ticket"), isTitle: true, cell: (purchase) => <span className="whitespace-nowrap">{purchase.ticket_number}</span> },
    {
      name: "state",
      header: t("purchases.state"),
      cell: (purchase) => (
        <span className={purchase.state === "recorded" ? "text-soft" : "font-semibold text-amber"}>{common(`purchaseState.${purchase.state as "voided"}`)}</span>
      ),
    },
    { name: "supplier", header: common("supplier"), cell: (purchase) => purchase.supplier },
    { name: "branch", header: common("branch"), cell: (purchase) => purchase.location_name },
    { name: "day", header: common("businessDay"), cell: (purchase) => formatDate(purchase.business_date, locale) },
    { name: "time", header: t("sales.closedAt"), cell: (purchase) => formatTime(purchase.closed_at, locale, zone(purchase.location_id)) },
    { name: "staff", header: common("staff"), isWide: true, cell: (purchase) => purchase.staff },
    { name: "lines", header: t("sales.lines"), isNumber: true, isWide: true, cell: (purchase) => purchase.lines },
    {
      name: "total",
      header: common("total"),
      isNumber: true,
      cell: (purchase) => <span className="font-semibold">{money.amount(purchase.total_minor)}</span>,
    },
  ];
  return (
    <>
      <PageHead title={t("purchases.title")} />
      <ListFilters permission="purchase.read" filter={filter} to={paths.office.purchases} searchLabel={t("filter.ticket")} />
      <PagedTable
        label={t("purchases.title")}
        list={list}
        columns={columns}
        id={(purchase) => purchase.id}
        href={(purchase) => paths.office.purchase(purchase.location_id, purchase.business_date, purchase.id)}
        empty={isNarrowed ? { title: t("purchases.empty"), hint: t("purchases.emptyHint") } : { title: t("purchases.none"), hint: t("purchases.noneHint") }}
      />
    </>
  );
}
