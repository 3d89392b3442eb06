import { clsx } from "clsx";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import type { Overview } from "../../api/cloud";
import { useMoney } from "../../format/CurrencyContext";
import { formatDay } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { Button } from "../../ui/Button";
import { useGo } from "../../ui/Go";
import { Empty, Failure, Skeleton } from "../../ui/states";
import { may, useBranch, useCommonZone, useQueryText, useSession } from "../session/SessionContext";
import { Completeness } from "../ui/Completeness";
import { DateField } from "../ui/ListFilters";
import { BranchSelect, Card, PageHead } from "../ui/PageHead";
import { BranchTable } from "./BranchTable";
import { DayChart, HourChart } from "./charts";
import { Feed } from "./Feed";
import { Figure } from "./Figure";
import { overview } from "./queries";
import { TopBought } from "./TopBought";
import { TopProducts } from "./TopProducts";

const FIGURES = ["report.revenue", "report.purchases"] as const;

/** The day over the branches, moving as they sell and buy. */
export function OverviewPage() {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const session = useSession();
  const { date } = useQueryText();
  const branch = useBranch(FIGURES);
  const go = useGo();
  const seesRevenue = may(session, "report.revenue");
  const seesPurchases = may(session, "report.purchases");
  const seesFigures = seesRevenue || seesPurchases;
  // For a moment it is here also for those who are on their way to the first page of their own.
  const day = useQuery({ ...overview(date, branch?.id), placeholderData: keepPreviousData, enabled: seesFigures });
  if (!seesFigures) return <Empty title={t("overview.noPermission")} />;
  const shown = day.data;
  const trades = shown && tradeOf(shown, branch?.id, { seesRevenue, seesPurchases });
  return (
    <>
      <PageHead title={t("overview.title")} {...(shown ? { hint: formatDay(shown.date, locale) } : {})}>
        <BranchSelect permission={FIGURES} branch={branch?.id} to={(id) => paths.office.overview({ branch: id, date })} />
        <DateField label={t("filter.date")} value={date ?? shown?.date} onChange={(to) => go(paths.office.overview({ branch: branch?.id, date: to }))} />
        {date && <Button onClick={() => go(paths.office.overview({ branch: branch?.id }))}>{t("filter.today")}</Button>}
      </PageHead>
      {day.isPending && <Skeleton rows={4} className="h-32" />}
      {day.error && !shown && <Failure error={day.error} onRetry={() => void day.refetch()} />}
      {shown && trades && (
        <div className="grid gap-4 xl:grid-cols-[1fr_22rem]">
          <div className="flex min-w-0 flex-col gap-4">
            <Figures day={shown} branch={branch?.id} {...trades} />
            <HourChart hours={shown.hours} {...trades} />
            {!branch && <BranchTable day={shown} {...trades} />}
            <DayChart days={shown.days} fourWeeks={shown.four_weeks} {...trades} />
          </div>
          <div className="flex min-w-0 flex-col gap-4">
            {trades.seesRevenue && <Feed branch={branch?.id} />}
            {trades.seesRevenue && (
              <Card title={t("overview.topProducts")}>
                <TopProducts products={shown.products} />
              </Card>
            )}
            {trades.seesPurchases && (
              <Card title={t("overview.topBought")}>
                <TopBought products={shown.bought} />
              </Card>
            )}
          </div>
        </div>
      )}
    </>
  );
}

interface Sees {
  seesRevenue: boolean;
  seesPurchases: boolean;
}

/** What there is to see of what one may see: a chain that only sells has no purchases, a chain of buying stations no revenue. */
function tradeOf(day: Overview, branch: string | undefined, { seesRevenue, seesPurchases }: Sees): Sees {
  const asked = day.locations.filter(({ location_id }) => !branch || location_id === branch);
  const areAll = (kind: string) => asked.length > 0 && asked.every((location) => location.kind === kind);
  const sold = day.revenue_minor !== 0 || day.days.some(({ revenue_minor }) => revenue_minor !== 0);
  const bought = day.purchases_minor !== 0 || day.days.some(({ purchases_minor }) => purchases_minor !== 0);
  return {
    seesRevenue: seesRevenue && (sold || !seesPurchases || !areAll("buying_station")),
    seesPurchases: seesPurchases && (bought || !seesRevenue || !areAll("shop")),
  };
}

interface FiguresProps {
  day: Overview;
  branch: string | undefined;
  seesRevenue: boolean;
  seesPurchases: boolean;
}

function Figures({ day, branch, seesRevenue, seesPurchases }: FiguresProps) {
  const { t } = useTranslation("office");
  const money = useMoney();
  const locale = useLocale();
  const locations = branch ? day.locations.filter(({ location_id }) => location_id === branch) : day.locations;
  const pending = locations.reduce((sum, location) => sum + location.pending, 0);
  const offline = locations.filter((location) => !location.connected).length;
  const timeZone = useCommonZone();
  const completeness = <Completeness completeTo={day.complete_to} pending={pending} isConnected={offline === 0} {...(branch ? {} : { offline })} timeZone={timeZone} asOf={day.as_of} />;
  const number = new Intl.NumberFormat(locale);
  return (
    <div className={clsx("grid gap-4", seesRevenue && "sm:grid-cols-2", seesRevenue && (seesPurchases ? "2xl:grid-cols-4" : "lg:grid-cols-3"))}>
      {seesRevenue && (
        <>
          <Figure
            name={t("overview.revenue")}
            value={money.amount(day.revenue_minor ?? 0)}
            now={day.revenue_minor ?? 0}
            before={day.previous.revenue_minor ?? 0}
            beforeShown={money.amount(day.previous.revenue_minor ?? 0)}
            beforeDay={day.previous.date}
            year={{ before: day.year_before.revenue_minor ?? 0, shown: money.amount(day.year_before.revenue_minor ?? 0), day: day.year_before.date }}
            isLarge
          >
            {completeness}
          </Figure>
          <Figure
            name={t("overview.sales")}
            value={number.format(day.sales ?? 0)}
            now={day.sales ?? 0}
            before={day.previous.sales ?? 0}
            beforeShown={number.format(day.previous.sales ?? 0)}
            beforeDay={day.previous.date}
            year={{ before: day.year_before.sales ?? 0, shown: number.format(day.year_before.sales ?? 0), day: day.year_before.date }}
          >
            {completeness}
          </Figure>
          <Figure name={t("overview.basket")} value={money.amount(day.average_basket_minor ?? 0)} note={t("overview.units", { count: day.units ?? 0 })}>
            {completeness}
          </Figure>
        </>
      )}
      {seesPurchases && (
        <Figure
          name={t("overview.purchases")}
          value={money.amount(day.purchases_minor ?? 0)}
          note={t("overview.tickets", { count: day.purchases ?? 0 })}
          now={day.purchases_minor ?? 0}
          before={day.previous.purchases_minor ?? 0}
          beforeShown={money.amount(day.previous.purchases_minor ?? 0)}
          beforeDay={day.previous.date}
          year={{ before: day.year_before.purchases_minor ?? 0, shown: money.amount(day.year_before.purchases_minor ?? 0), day: day.year_before.date }}
          isLarge={!seesRevenue}
        >
          {completeness}
        </Figure>
      )}
    </div>
  );
}
