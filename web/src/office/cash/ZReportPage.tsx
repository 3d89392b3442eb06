import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { Printer } from "lucide-react";
import { useTranslation } from "react-i18next";

import { formatDay } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { Button } from "../../ui/Button";
import { printRoll } from "../../ui/print";
import { ReportPaper } from "../../ui/ReportPaper";
import { Failure, Skeleton } from "../../ui/states";
import { useZone } from "../session/SessionContext";
import { BackLink } from "../ui/BackLink";
import { PageHead } from "../ui/PageHead";
import { zReport } from "./queries";

/** A Z report, as its till made it. */
export function ZReportPage() {
  const { t } = useTranslation("office");
  const common = useTranslation().t;
  const locale = useLocale();
  const zone = useZone();
  const { location = "", shift = "" } = useParams({ strict: false }) as Record<string, string>;
  const report = useQuery(zReport(location, shift));
  const back = <BackLink href={paths.office.zReports()} label={t("cash.zReports")} />;
  if (report.isPending) return <Skeleton />;
  if (report.error) {
    return (
      <>
        {back}
        <Failure error={report.error} onRetry={() => void report.refetch()} />
      </>
    );
  }
  const z = report.data;
  return (
    <>
      {back}
      <PageHead title={common("report.zNumber", { number: z.number })} hint={`${z.location_name} · ${z.register_name} · ${formatDay(z.business_date, locale)}`}>
        <Button icon={<Printer aria-hidden className="size-5" />} onClick={printRoll}>
          {common("print")}
        </Button>
      </PageHead>
      <div className="w-full lg:w-88">
        <ReportPaper report={z} place={z.location_name} businessDate={z.business_date} timeZone={zone(z.location_id)} />
      </div>
    </>
  );
}
