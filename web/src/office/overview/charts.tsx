import { useMemo } from "react";
import { useTranslation } from "react-i18next";

import type { Overview } from "../../api/cloud";
import { useMoney } from "../../format/CurrencyContext";
import { formatShortDate } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { Chart, type Series } from "./Chart";

const REVENUE = "#14694f";
const PURCHASES = "#d8922b";
const BEFORE = "#8a958e";

interface Sees {
  seesRevenue: boolean;
  seesPurchases: boolean;
}

type Hour = Pick<Overview["hours"][number], "hour" | "revenue_minor" | "purchases_minor">;

/** A business day goes on after midnight: its first hour is this one. */
const DAY_BEGINS = 4;

/** Where an hour stands in the business day. */
const place = (hour: number) => (hour + 24 - DAY_BEGINS) % 24;

/** The usual hours of a shop are always drawn, earlier and later ones when there was trade; a quiet hour is an empty one. */
function trading(hours: Hour[]): Hour[] {
  const busy = hours.filter((hour) => (hour.revenue_minor ?? 0) !== 0 || (hour.purchases_minor ?? 0) !== 0);
  const places = busy.map(({ hour }) => place(hour));
  const first = Math.min(place(8), ...places);
  const last = Math.max(place(20), ...places);
  return Array.from({ length: last - first + 1 }, (_, at) => {
    const hour = (first + at + DAY_BEGINS) % 24;
    return hours.find((known) => known.hour === hour) ?? { hour, revenue_minor: 0, purchases_minor: 0 };
  });
}

function useSeries(rows: { revenue_minor?: number | null; purchases_minor?: number | null }[], sees: Sees, purchases: "bar" | "line"): Series[] {
  const { t } = useTranslation("office");
  const { seesRevenue, seesPurchases } = sees;
  return useMemo(() => {
    const revenue: Series = { name: t("overview.revenue"), kind: "bar", color: REVENUE, values: rows.map((row) => row.revenue_minor ?? 0) };
    const bought: Series = { name: t("overview.purchases"), kind: purchases, color: PURCHASES, values: rows.map((row) => row.purchases_minor ?? 0) };
    return [...(seesRevenue ? [revenue] : []), ...(seesPurchases ? [bought] : [])];
  }, [t, rows, seesRevenue, seesPurchases, purchases]);
}

export function HourChart({ hours, ...sees }: Sees & { hours: Overview["hours"] }) {
  const { t } = useTranslation("office");
  const shown = useMemo(() => trading(hours), [hours]);
  const labels = useMemo(() => shown.map(({ hour }) => `${String(hour).padStart(2, "0")}:00`), [shown]);
  const series = useSeries(shown, sees, "bar");
  return <Chart title={t("overview.byHour")} axis={t("overview.hour")} labels={labels} series={series} />;
}

/** The last 28 days, each beside the same weekday a year before, where there was trade then. */
export function DayChart({ days, fourWeeks, ...sees }: Sees & { days: Overview["days"]; fourWeeks: Overview["four_weeks"] }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const { seesRevenue } = sees;
  const labels = useMemo(() => days.map(({ date }) => formatShortDate(date, locale)), [days, locale]);
  // Where nothing is sold, purchases are what the chart is about.
  const now = useSeries(days, sees, seesRevenue ? "line" : "bar");
  const before = useMemo<Series>(
    () => ({
      name: t(seesRevenue ? "overview.revenueYearBefore" : "overview.purchasesYearBefore"),
      kind: "bar",
      color: BEFORE,
      values: days.map((day) => (seesRevenue ? day.year_before_revenue_minor : day.year_before_purchases_minor)),
    }),
    [t, days, seesRevenue],
  );
  const series = useMemo(() => (before.values.some((value) => value !== 0) ? [before, ...now] : now), [now, before]);
  const summary = useComparison(fourWeeks, seesRevenue);
  return <Chart title={t("overview.byDay")} axis={t("overview.day")} labels={labels} series={series} summary={summary} />;
}

function useComparison(fourWeeks: Overview["four_weeks"], seesRevenue: boolean): string | undefined {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const money = useMoney();
  const amount = seesRevenue ? fourWeeks.revenue_minor : fourWeeks.purchases_minor;
  const before = seesRevenue ? fourWeeks.year_before_revenue_minor : fourWeeks.year_before_purchases_minor;
  if (!before || amount === null || amount === undefined) return undefined;
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1, signDisplay: "exceptZero" });
  return t("overview.fourWeeks", { amount: money.amount(amount), change: percent.format(amount / before - 1), before: money.amount(before) });
}
