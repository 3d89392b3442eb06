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
  const day = useQuery({ ...overview(date, branch?.id), placeholderData: keepPreviousData });
  const seesRevenue = may(session, "report.revenue");
  const seesPurchases = may(session, "report.purchases");
  if (!seesRevenue && !seesPurchases) return <Empty title={t("overview.noPermission")} />;
  const shown = day.data;
  return (
    <>
      <PageHead title={t("overview.title")} {...(shown ? { hint: formatDay(shown.date, locale) } : {})}>
        <BranchSelect permission={FIGURES} branch={branch?.id} to={(id) => paths.office.overview({ branch: id, date })} />
        <DateField label={t("filter.date")} value={date ?? shown?.date} onChange={(to) => go(paths.office.overview({ branch: branch?.id, date: to }))} />
        {date && <Button onClick={() => go(paths.office.overview({ branch: branch?.id }))}>{t("filter.today")}</Button>}
      </PageHead>
      {day.isPending && <Skeleton rows={4} className="h-32" />}
      {day.error && !shown && <Failure error={day.error} onRetry={() => void day.refetch()} />}
      {shown && (
        <div className="grid gap-4 xl:grid-cols-[1fr_22rem]">
          <div className="flex min-w-0 flex-col gap-4">
            <Figures day={shown} branch={branch?.id} seesRevenue={seesRevenue} seesPurchases={seesPurchases} />
            <HourChart hours={shown.hours} seesRevenue={seesRevenue} seesPurchases={seesPurchases} />
            {!branch && <BranchTable day={shown} seesRevenue={seesRevenue} seesPurchases={seesPurchases} />}
            <DayChart days={shown.days} seesRevenue={seesRevenue} seesPurchases={seesPurchases} />
          </div>
          <div className="flex min-w-0 flex-col gap-4">
            {seesRevenue && <Feed branch={branch?.id} />}
            {seesRevenue && (
              <Card title={t("overview.topProducts")}>
                <TopProducts products={shown.products} />
              </Card>
            )}
          </div>
        </div>
      )}
    </>
  );
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
    <div className="grid gap-4 sm:grid-cols-2 2xl:grid-cols-4">
      {seesRevenue && (
        <>
          <Figure
            name={t("overview.revenue")}
            value={money.amount(day.revenue_minor ?? 0)}
            now={day.revenue_minor ?? 0}
            before={day.previous.revenue_minor ?? 0}
            beforeShown={money.amount(day.previous.revenue_minor ?? 0)}
            beforeDay={day.previous.date}
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
          isLarge={!seesRevenue}
        >
          {completeness}
        </Figure>
      )}
    </div>
  );
}
