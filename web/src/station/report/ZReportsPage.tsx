import { useQuery } from "@tanstack/react-query";
import { clsx } from "clsx";
import { useTranslation } from "react-i18next";

import { useMoney } from "../../format/CurrencyContext";
import { formatInstant } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { Go } from "../../ui/Go";
import { Empty, Failure, Skeleton } from "../../ui/states";
import { zReports } from "../cash/queries";
import { BackToWork } from "../RecentList";
import { useStation } from "../StationContext";

/** The Z reports of the shop, the newest first. */
export function ZReportsPage() {
  const { t } = useTranslation("station");
  const { kind, edge } = useStation();
  const money = useMoney();
  const locale = useLocale();
  const list = useQuery(zReports);
  return (
    <div className="mx-auto flex w-full max-w-3xl flex-col gap-4 p-5">
      <div>
        <BackToWork />
        <h1 className="text-3xl font-semibold">{t("report.zs")}</h1>
      </div>
      {list.isPending && <Skeleton rows={4} />}
      {list.error && <Failure error={list.error} onRetry={() => void list.refetch()} />}
      {list.data?.length === 0 && <Empty title={t("report.none")} />}
      {list.data && list.data.length > 0 && (
        <ul aria-label={t("report.zs")} className="divide-y divide-line rounded-card border border-line bg-surface shadow-card">
          {list.data.map((z) => (
            <li key={z.shift_id} className="relative flex items-center gap-4 px-4 py-3 hover:bg-pine-wash">
              <div className="min-w-0 flex-1">
                <Go href={paths.report(kind, z.shift_id)} className="font-semibold after:absolute after:inset-0">
                  {t("report.zNumber", { number: z.number, ns: "common" })} · {z.register.name}
                </Go>
                <p className="text-sm text-soft">
                  {formatInstant(z.closed_at, locale, edge.location.time_zone)} · {z.closed_by}
                </p>
              </div>
              <div className="shrink-0 text-right">
                <p className="font-semibold">{money.amount(z.total_minor)}</p>
                <p className={clsx("text-sm", z.difference_minor === 0 ? "text-pine" : z.difference_minor > 0 ? "text-amber" : "text-rust")}>
                  {z.difference_minor === 0 ? t("shift.exact") : money.amount(z.difference_minor)}
                </p>
              </div>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
