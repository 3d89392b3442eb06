import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { StockItem } from "../../api/cloud";
import { formatQuantity } from "../../format/quantity";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { Go, useGo } from "../../ui/Go";
import { useBranch, useQueryText } from "../session/SessionContext";
import type { Column } from "../ui/DataTable";
import { SearchField } from "../ui/ListFilters";
import { PagedTable } from "../ui/PagedTable";
import { BranchSelect, PageHead } from "../ui/PageHead";
import { AccountBar, AccountLegend } from "./AccountBar";
import { partOf, PARTS } from "./accounts";
import { stock } from "./queries";

/** What lies where and whose it is: the shop's to sell, online's to promise, promised, on its way. */
export function StockPage() {
  const { t } = useTranslation("office");
  const go = useGo();
  const branch = useBranch("stock.read");
  const { q, only } = useQueryText();
  const filter = { branch: branch?.id, q, only };
  const list = useInfiniteQuery({ ...stock(filter), placeholderData: keepPreviousData });
  const columns = useColumns();
  return (
    <>
      <PageHead title={t("stock.title")} hint={t("stock.hint")}>
        <BranchSelect permission="stock.read" branch={branch?.id} to={(id) => paths.office.stock({ ...filter, branch: id })} />
        <div className="w-full sm:w-72">
          <SearchField label={t("filter.product")} value={q} onChange={(text) => go(paths.office.stock({ ...filter, q: text }), { replace: true })} />
        </div>
        <Go
          href={paths.office.stock({ ...filter, only: only ? undefined : "attention" })}
          role="switch"
          aria-checked={Boolean(only)}
          className="inline-flex min-h-12 items-center gap-2 rounded-field border border-edge bg-surface px-4 font-medium aria-checked:border-rust aria-checked:bg-rust-wash aria-checked:text-rust"
        >
          <TriangleAlert aria-hidden className="size-5" />
          {t("stock.onlyAttention")}
        </Go>
      </PageHead>
      <AccountLegend />
      <PagedTable
        label={t("stock.title")}
        list={list}
        columns={columns}
        id={(row) => row.variant_id}
        href={(row) => paths.office.stockOf(row.variant_id, branch?.id)}
        empty={only ? { title: t("stock.calm"), hint: t("stock.calmHint") } : { title: t("stock.empty"), hint: t("stock.emptyHint") }}
      />
    </>
  );
}

function useColumns(): Column<StockItem>[] {
  const { t } = useTranslation("office");
  const common = useTranslation().t;
  const locale = useLocale();
  const amount = (quantity: number, unit: string) => (
    <span className={quantity < 0 ? "font-semibold text-rust" : quantity === 0 ? "text-faint" : ""}>{formatQuantity(quantity, unit, locale)}</span>
  );
  return [
    {
      name: "product",
      header: common("product"),
      isTitle: true,
      cell: (row) => (
        <>
          {row.name}
          <span className="block text-sm font-normal text-faint">
            {row.sku} · {row.category}
          </span>
          {row.attention && <Attention row={row} />}
        </>
      ),
    },
    { name: "bar", header: t("stock.whose"), cell: (row) => <div className="w-40 xl:w-56"><AccountBar accounts={row.totals} unit={row.unit} /></div> },
    ...PARTS.filter(({ name }) => name !== "unsellable" && name !== "picked").map(
      ({ name }): Column<StockItem> => ({
        name,
        header: t(`stock.accounts.${name}`),
        isNumber: true,
        cell: (row) => amount(partOf(row.totals, name), row.unit),
      }),
    ),
    { name: "total", header: t("stock.total"), isNumber: true, cell: (row) => <strong>{amount(row.total, row.unit)}</strong> },
  ];
}

function Attention({ row }: { row: StockItem }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  return (
    <span className="mt-0.5 flex items-center gap-1.5 text-sm font-semibold text-rust">
      <TriangleAlert aria-hidden className="size-4 shrink-0" />
      {row.attention === "debt" ? t("stock.debt", { quantity: formatQuantity(row.totals.debt, row.unit, locale) }) : t("stock.negative")}
    </span>
  );
}
