import { useTranslation } from "react-i18next";

import type { Overview, OverviewLocation } from "../../api/cloud";
import { useMoney } from "../../format/CurrencyContext";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { useQueryText, useZone } from "../session/SessionContext";
import { Completeness } from "../ui/Completeness";
import { DataTable, type Column } from "../ui/DataTable";

interface BranchTableProps {
  day: Overview;
  seesRevenue: boolean;
  seesPurchases: boolean;
}

/** Every branch of the day; each leads to its own overview. */
export function BranchTable({ day, seesRevenue, seesPurchases }: BranchTableProps) {
  const { t } = useTranslation("office");
  const money = useMoney();
  const locale = useLocale();
  const zone = useZone();
  const { date } = useQueryText();
  const columns: Column<OverviewLocation>[] = [
    {
      name: "branch",
      header: t("branch.label"),
      isTitle: true,
      cell: (row) => (
        <>
          {row.name}
          <span className="block text-sm font-normal text-faint">
            {row.code} · {t(`branch.kind.${row.kind as "shop"}`, { defaultValue: row.kind })}
          </span>
        </>
      ),
    },
  ];
  if (seesRevenue) {
    columns.push(
      { name: "revenue", header: t("overview.revenue"), isNumber: true, cell: (row) => money.amount(row.revenue_minor ?? 0) },
      { name: "sales", header: t("overview.sales"), isNumber: true, cell: (row) => new Intl.NumberFormat(locale).format(row.sales ?? 0) },
    );
  }
  if (seesPurchases) {
    columns.push({ name: "purchases", header: t("overview.purchases"), isNumber: true, cell: (row) => money.amount(row.purchases_minor ?? 0) });
  }
  columns.push({
    name: "complete",
    header: t("nodes.completeTo"),
    cell: (row) => (
      <Completeness completeTo={row.complete_to} pending={row.pending} isConnected={row.connected} timeZone={zone(row.location_id)} asOf={day.as_of} />
    ),
  });
  return (
    <section aria-label={t("overview.byBranch")}>
      <h2 className="sr-only">{t("overview.byBranch")}</h2>
      <DataTable
        label={t("overview.byBranch")}
        rows={day.locations}
        columns={columns}
        id={(row) => row.location_id}
        href={(row) => paths.office.overview({ branch: row.location_id, date })}
      />
    </section>
  );
}
