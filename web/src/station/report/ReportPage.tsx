import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { RefreshCw } from "lucide-react";
import { useTranslation } from "react-i18next";

import { paths } from "../../paths";
import { Button } from "../../ui/Button";
import { ReportPaper } from "../../ui/ReportPaper";
import { Failure, Skeleton } from "../../ui/states";
import { reportOf } from "../cash/queries";
import { PrintButton } from "../print/PrintButton";
import { BackLink } from "../RecentList";
import { useStation } from "../StationContext";

/** The report of a shift on the screen, and its way onto paper. */
export function ReportPage() {
  const { t } = useTranslation("station");
  const { edge, kind } = useStation();
  const { id = "" } = useParams({ strict: false }) as Record<string, string>;
  const report = useQuery(reportOf(id));
  if (report.isPending) return <Skeleton />;
  if (report.error) return <Failure error={report.error} onRetry={() => void report.refetch()} />;
  const isX = report.data.kind === "x";
  return (
    <div className="mx-auto flex w-full max-w-3xl flex-col items-center gap-5 p-5 sm:flex-row sm:items-start">
      <div className="w-full sm:w-88">
        <BackLink href={isX ? paths.cash(kind) : paths.zReports(kind)} label={t(isX ? "cash.title" : "report.zs")} />
        <ReportPaper report={report.data} place={edge.location.name} timeZone={edge.location.time_zone} />
      </div>
      <div className="flex w-full flex-col gap-3 sm:sticky sm:top-5 sm:flex-1">
        <PrintButton key={report.data.kind} what={isX ? "x_report" : "z_report"} id={id} label={t(isX ? "report.printX" : "prints.printZ")} />
        {isX && (
          <Button icon={<RefreshCw aria-hidden className="size-5" />} disabled={report.isFetching} onClick={() => void report.refetch()}>
            {t("report.again")}
          </Button>
        )}
        <p className="text-soft">{t(isX ? "report.xHint" : "report.zHint")}</p>
      </div>
    </div>
  );
}
