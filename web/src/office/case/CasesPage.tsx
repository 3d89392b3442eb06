import { keepPreviousData, useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Check } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { StockCase } from "../../api/cloud";
import { formatQuantity } from "../../format/quantity";
import { formatInstant } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { Button } from "../../ui/Button";
import { Go, useGo } from "../../ui/Go";
import { Refusal } from "../../ui/states";
import { may, mayAt, useBranch, useQueryText, useSession, useZone } from "../session/SessionContext";
import { Choice } from "../ui/Choice";
import type { Column } from "../ui/DataTable";
import { PagedTable } from "../ui/PagedTable";
import { BranchSelect, PageHead } from "../ui/PageHead";
import { closeCase, stockCases } from "./queries";

/** What people decided where the book was wrong: who, when, why, how often. */
export function CasesPage() {
  const { t } = useTranslation("office");
  const go = useGo();
  const client = useQueryClient();
  const branch = useBranch("stock.read");
  const { state = "open" } = useQueryText();
  const list = useInfiniteQuery({ ...stockCases(branch?.id, state === "all" ? undefined : state), placeholderData: keepPreviousData });
  const close = useMutation({
    mutationFn: (one: StockCase) => closeCase(one.location_id, one.id),
    onSettled: () => client.invalidateQueries({ queryKey: ["cases"] }),
  });
  const columns = useColumns(close.isPending ? close.variables.id : null, (one) => close.mutate(one));
  return (
    <>
      <PageHead title={t("cases.title")} hint={t("cases.hint")}>
        <BranchSelect permission="stock.read" branch={branch?.id} to={(id) => paths.office.cases({ branch: id, state })} />
        <Choice
          label={t("cases.state")}
          value={state}
          options={[
            ["open", t("cases.open")],
            ["closed", t("cases.closed")],
            ["all", t("cases.all")],
          ]}
          onChange={(chosen) => go(paths.office.cases({ branch: branch?.id, state: chosen }), { replace: true })}
        />
      </PageHead>
      <Refusal error={close.error} className="mb-4" />
      <PagedTable label={t("cases.title")} list={list} columns={columns} id={(row) => row.id} empty={{ title: t("cases.empty"), hint: t("cases.emptyHint") }} />
    </>
  );
}

function useColumns(closing: string | null, onClose: (one: StockCase) => void): Column<StockCase>[] {
  const { t } = useTranslation("office");
  const common = useTranslation().t;
  const locale = useLocale();
  const zone = useZone();
  const session = useSession();
  return [
    {
      name: "what",
      header: t("cases.what"),
      isTitle: true,
      cell: (row) => (
        <>
          {t(`cases.kind.${row.kind as "found"}`, { defaultValue: row.kind })}
          <span className="block text-sm font-normal text-faint">
            {formatInstant(row.at, locale, zone(row.location_id))} · {session.locations.find(({ id }) => id === row.location_id)?.name}
          </span>
        </>
      ),
    },
    {
      name: "product",
      header: common("product"),
      cell: (row) => (
        <>
          <Go href={paths.office.stockOf(row.variant_id)} className="font-medium text-pine underline">
            {row.name}
          </Go>
          {row.order_id && may(session, "order.read") && (
            <Go href={paths.office.order(row.order_id)} className="ml-3 text-sm text-pine underline">
              {t("orders.number")}
            </Go>
          )}
          {row.sale_id && mayAt(session, "sale.read", row.location_id) && (
            <Go href={paths.office.sale(row.location_id, row.business_date, row.sale_id)} className="ml-3 text-sm text-pine underline">
              {common("receipt")}
            </Go>
          )}
        </>
      ),
    },
    { name: "quantity", header: common("quantity"), isNumber: true, cell: (row) => formatQuantity(row.quantity, row.unit, locale) },
    {
      name: "who",
      header: t("cases.who"),
      cell: (row) => (
        <>
          {row.staff ?? "–"}
          {row.supervisor && <span className="block text-sm text-amber">{t("cases.decidedBy", { name: row.supervisor })}</span>}
          {row.reason && <span className="block text-sm text-soft wrap-anywhere">{row.reason}</span>}
        </>
      ),
    },
    {
      name: "close",
      header: t("cases.state"),
      cell: (row) =>
        row.state === "open" ? (
          <Button icon={<Check aria-hidden className="size-5" />} disabled={closing === row.id} blocked={mayAt(session, "stock.count", row.location_id) ? null : t("people.mayNot")} onClick={() => onClose(row)}>
            {t("cases.close")}
          </Button>
        ) : (
          <span className="text-sm text-soft">{row.closed_by ? t("cases.closedBy", { name: row.closed_by }) : t("cases.closed")}</span>
        ),
    },
  ];
}
