import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { useMoney } from "../../format/CurrencyContext";
import { paths } from "../../paths";
import { RecentList } from "../../station/RecentList";
import { recentPurchases } from "./queries";

/** What was bought here lately, to show or print a ticket again. */
export function RecentPurchasesPage() {
  const { t } = useTranslation("station");
  const money = useMoney();
  const purchases = useInfiniteQuery(recentPurchases);
  return (
    <RecentList
      title={t("recent.purchases")}
      empty={t("recent.purchasesEmpty")}
      back={{ href: paths.buy.station(), label: t("header.toBuying") }}
      list={purchases}
      row={(purchase) => ({
        id: purchase.id,
        href: paths.buy.purchase(purchase.id),
        number: purchase.ticket_number,
        at: purchase.closed_at,
        who: purchase.supplier,
        lines: purchase.lines,
        state: purchase.state === "recorded" ? null : t(`purchaseState.${purchase.state}`, { ns: "common" }),
        amount: money.amount(purchase.total_minor),
      })}
    />
  );
}
