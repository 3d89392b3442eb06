import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import type { StockItem } from "../../api/cloud";
import { formatQuantity } from "../../format/quantity";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { useGo } from "../../ui/Go";
import { useBranch, useQueryText, useSession } from "../session/SessionContext";
import type { Column } from "../ui/DataTable";
import { SearchField } from "../ui/ListFilters";
import { PagedTable } from "../ui/PagedTable";
import { BranchSelect, PageHead } from "../ui/PageHead";
import { stock } from "./queries";

/** What lies where: products down, branches across. */
export function StockPage() {
  const { t } = useTranslation("office");
  const common = useTranslation().t;
  const locale = useLocale();
  const go = useGo();
  const { locations } = useSession();
  const branch = useBranch();
  const { q } = useQueryText();
  const list = useInfiniteQuery({ ...stock(branch?.id, q), placeholderData: keepPreviousData });
  const shown = branch ? [branch] : locations;
  const amount = (quantity: number, row: StockItem) => (
    <span className={quantity < 0 ? "font-semibold text-rust" : quantity === 0 ? "text-faint" : ""}>
      {formatQuantity(quantity, row.unit, locale)}
    </span>
  );
  const columns: Column<StockItem>[] = [
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
        </>
      ),
    },
    ...shown.map((location): Column<StockItem> => ({
      name: location.id,
      header: location.name,
      isNumber: true,
      cell: (row) => amount(row.locations.find(({ location_id }) => location_id === location.id)?.on_hand ?? 0, row),
    })),
  ];
  if (shown.length > 1) {
    columns.push({ name: "total", header: t("stock.total"), isNumber: true, cell: (row) => <strong>{amount(row.total, row)}</strong> });
  }
  return (
    <>
      <PageHead title={t("stock.title")}>
        <BranchSelect branch={branch?.id} to={(id) => paths.office.stock({ branch: id, q })} />
        <div className="w-full sm:w-80">
          <SearchField
            label={t("filter.product")}
            value={q}
            onChange={(text) => go(paths.office.stock({ branch: branch?.id, q: text }), { replace: true })}
          />
        </div>
      </PageHead>
      <PagedTable
        label={t("stock.title")}
        list={list}
        columns={columns}
        id={(row) => row.variant_id}
        empty={{ title: t("stock.empty"), hint: t("stock.emptyHint") }}
      />
    </>
  );
}
