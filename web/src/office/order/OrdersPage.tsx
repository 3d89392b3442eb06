import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Phone } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { OrderSummary } from "../../api/cloud";
import { useMoney } from "../../format/CurrencyContext";
import { formatInstant } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { Go, useGo } from "../../ui/Go";
import { mayOpen } from "../session/access";
import { useBranch, useCommonZone, useQueryText, useSession } from "../session/SessionContext";
import type { Column } from "../ui/DataTable";
import { SearchField } from "../ui/ListFilters";
import { PagedTable } from "../ui/PagedTable";
import { BranchSelect, PageHead } from "../ui/PageHead";
import { Choice } from "../ui/Choice";
import { orders } from "./queries";
import { OrderState, STATES } from "./OrderState";

/** Promises to customers who are not in a shop. */
export function OrdersPage() {
  const { t } = useTranslation("office");
  const go = useGo();
  const session = useSession();
  const branch = useBranch("order.read");
  const { state, q } = useQueryText();
  const filter = { branch: branch?.id, state, q };
  const list = useInfiniteQuery({ ...orders(filter), placeholderData: keepPreviousData });
  const columns = useColumns();
  return (
    <>
      <PageHead title={t("orders.title")} hint={t("orders.hint")}>
        {mayOpen(session, "newOrder") && (
          <Go href={paths.office.newOrder()} className="inline-flex min-h-12 items-center gap-2 rounded-field bg-pine px-4 font-semibold text-white hover:bg-pine-deep">
            <Phone aria-hidden className="size-5" />
            {t("orders.byPhone")}
          </Go>
        )}
      </PageHead>
      <div className="mb-4 flex flex-wrap items-end gap-3">
        <BranchSelect permission="order.read" branch={branch?.id} to={(id) => paths.office.orders({ ...filter, branch: id })} />
        <Choice
          label={t("orders.state")}
          value={state ?? ""}
          options={[["", t("orders.anyState")], ...STATES.map((name): [string, string] => [name, t(`orders.states.${name}`)])]}
          onChange={(chosen) => go(paths.office.orders({ ...filter, state: chosen || undefined }), { replace: true })}
        />
        <div className="w-full sm:w-72">
          <SearchField label={t("orders.search")} value={q} onChange={(text) => go(paths.office.orders({ ...filter, q: text }), { replace: true })} />
        </div>
      </div>
      <PagedTable
        label={t("orders.title")}
        list={list}
        columns={columns}
        id={(row) => row.id}
        href={(row) => paths.office.order(row.id)}
        empty={{ title: t("orders.empty"), hint: t("orders.emptyHint") }}
      />
    </>
  );
}

function useColumns(): Column<OrderSummary>[] {
  const { t } = useTranslation("office");
  const common = useTranslation().t;
  const locale = useLocale();
  const money = useMoney();
  const zone = useCommonZone();
  const { locations } = useSession();
  const branches = (ids: string[]) => ids.map((id) => locations.find((location) => location.id === id)?.name ?? t("orders.elsewhere")).join(", ");
  return [
    { name: "number", header: t("orders.number"), isTitle: true, cell: (row) => row.number },
    { name: "state", header: t("orders.state"), cell: (row) => <OrderState state={row.state} /> },
    { name: "customer", header: t("orders.customer"), cell: (row) => row.customer || "–" },
    { name: "channel", header: t("orders.channel"), isWide: true, cell: (row) => row.channel_name },
    { name: "branch", header: common("branch"), cell: (row) => branches(row.location_ids) || "–" },
    { name: "placed", header: t("orders.placed"), cell: (row) => formatInstant(row.placed_at, locale, zone) },
    { name: "lines", header: t("sales.lines"), isNumber: true, isWide: true, cell: (row) => row.lines },
    { name: "total", header: common("total"), isNumber: true, cell: (row) => money.amount(row.total_minor) },
  ];
}
