import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import { useMoney } from "../../format/CurrencyContext";
import { formatShortDate } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { Failure, Skeleton } from "../../ui/states";
import { Chart, type Series } from "../overview/Chart";
import { useSession } from "../session/SessionContext";
import { Card } from "../ui/PageHead";
import type { PromotionDetail } from "./contract";
import { result } from "./queries";

export const GAVE = "#14694f";

/** What it really gave, by day and branch, and what is left of its limits. */
export function ResultCard({ promotion }: { promotion: PromotionDetail }) {
  const { t } = useTranslation("office");
  const found = useQuery(result(promotion.id));
  if (promotion.state === "draft") return null;
  return (
    <>
      <Card title={t("promotion.result.title")}>
        <div className="px-5 pb-5">
          {found.isPending && <Skeleton rows={2} />}
          {found.error && !found.data && <Failure error={found.error} onRetry={() => void found.refetch()} />}
          {found.data && found.data.receipts === 0 && <p className="text-soft">{t("promotion.result.none")}</p>}
          {found.data && found.data.receipts > 0 && <Figures given={found.data} />}
          <Quotas promotion={promotion} />
        </div>
      </Card>
      {found.data && found.data.receipts > 0 && <DayChart title={t("promotion.result.byDay")} days={found.data.by_day} />}
    </>
  );
}

function Figures({ given }: { given: { receipts: number; units: number; gave_minor: number; by_location: { location_id: string; gave_minor: number }[] } }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const money = useMoney();
  const { locations } = useSession();
  const count = new Intl.NumberFormat(locale);
  const rows: [string, string][] = [
    [t("promotion.result.receipts"), count.format(given.receipts)],
    [t("promotion.result.units"), count.format(given.units)],
    [t("promotion.result.gave"), money.amount(given.gave_minor)],
  ];
  return (
    <>
      <dl className="grid grid-cols-3 gap-3">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt className="text-sm text-faint">{name}</dt>
            <dd className="text-xl font-semibold wrap-anywhere">{value}</dd>
          </div>
        ))}
      </dl>
      <h3 className="mt-4 font-semibold">{t("promotion.result.byBranch")}</h3>
      <ul className="divide-y divide-line">
        {given.by_location.map(({ location_id, gave_minor }) => (
          <li key={location_id} className="flex justify-between gap-3 py-2">
            <span>{locations.find(({ id }) => id === location_id)?.name ?? location_id.slice(-8)}</span>
            <span>{money.amount(gave_minor)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

function Quotas({ promotion }: { promotion: PromotionDetail }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const money = useMoney();
  if (promotion.quotas.length === 0) return null;
  return (
    <>
      <h3 className="mt-4 font-semibold">{t("promotion.result.quota")}</h3>
      <ul className="divide-y divide-line">
        {promotion.quotas.map(({ limit, total, available, shops }) => {
          const say = (value: number) => (limit === "budget" ? money.amount(value) : new Intl.NumberFormat(locale).format(value));
          return (
            <li key={limit} className="py-2">
              <p>{t("promotion.result.left", { left: say(available), total: say(total) })}</p>
              {shops.map((one) => (
                <p key={one.location_id} className="text-sm text-soft">
                  {t("promotion.result.held", { branch: one.location_name, held: say(one.held) })}
                </p>
              ))}
            </li>
          );
        })}
      </ul>
    </>
  );
}

/** What was given, or would have been, day by day. */
export function DayChart({ title, days }: { title: string; days: { date: string; gave_minor: number }[] }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const labels = useMemo(() => days.map(({ date }) => formatShortDate(date, locale)), [days, locale]);
  const series = useMemo((): Series[] => [{ name: t("promotion.result.gave"), kind: "bar", color: GAVE, values: days.map(({ gave_minor }) => gave_minor) }], [t, days]);
  return <Chart title={title} axis={t("promotion.result.day")} labels={labels} series={series} />;
}
