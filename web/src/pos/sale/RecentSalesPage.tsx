import { useInfiniteQuery } from "@tanstack/react-query";
import { Search } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";

import { useMoney } from "../../format/CurrencyContext";
import { paths } from "../../paths";
import { RecentList } from "../../station/RecentList";
import { patronText } from "../till/patron";
import { recentSales } from "./queries";

/** What was sold here lately, to show or print a receipt again, or to take goods of it back. */
export function RecentSalesPage() {
  const { t } = useTranslation("station");
  const money = useMoney();
  const [typed, setTyped] = useState("");
  const sales = useInfiniteQuery(recentSales(useDeferredValue(typed.trim())));
  return (
    <RecentList
      title={t("recent.sales")}
      empty={typed === "" ? t("recent.salesEmpty") : t("returns.noReceipt", { number: typed })}
      back={{ href: paths.pos.till(), label: t("header.toTill") }}
      list={sales}
      row={(sale) => ({
        id: sale.id,
        href: paths.pos.sale(sale.id),
        number: sale.receipt_number,
        at: sale.closed_at,
        who: [sale.staff, sale.patron && patronText(sale.patron), sale.refunded_minor > 0 && t("returns.refunded", { amount: money.amount(sale.refunded_minor) })]
          .filter(Boolean)
          .join(" · "),
        lines: sale.lines,
        amount: money.amount(sale.total_minor),
      })}
    >
      <label className="mb-4 flex items-center gap-3 rounded-field border border-edge bg-surface px-4 focus-within:border-pine">
        <Search aria-hidden className="size-5 text-soft" />
        <input
          type="search"
          aria-label={t("returns.find")}
          placeholder={t("returns.find")}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          className="min-h-12 w-full bg-transparent outline-none placeholder:text-faint"
        />
      </label>
    </RecentList>
  );
}
