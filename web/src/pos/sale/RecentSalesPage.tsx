import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { useMoney } from "../../format/CurrencyContext";
import { paths } from "../../paths";
import { RecentList } from "../../station/RecentList";
import { patronText } from "../till/patron";
import { recentSales } from "./queries";

/** What was sold here lately, to show or print a receipt again. */
export function RecentSalesPage() {
  const { t } = useTranslation("station");
  const money = useMoney();
  const sales = useInfiniteQuery(recentSales);
  return (
    <RecentList
      title={t("recent.sales")}
      empty={t("recent.salesEmpty")}
      back={{ href: paths.pos.till(), label: t("header.toTill") }}
      list={sales}
      row={(sale) => ({
        id: sale.id,
        href: paths.pos.sale(sale.id),
        number: sale.receipt_number,
        at: sale.closed_at,
        who: sale.patron ? `${sale.staff} · ${patronText(sale.patron)}` : sale.staff,
        lines: sale.lines,
        amount: money.amount(sale.total_minor),
      })}
    />
  );
}
