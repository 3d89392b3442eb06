import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { paths } from "../../paths";
import { PrintButton } from "../../station/print/PrintButton";
import { BackLink } from "../../station/RecentList";
import { useStation } from "../../station/StationContext";
import { ReceiptPaper } from "../../ui/ReceiptPaper";
import { Failure, Skeleton } from "../../ui/states";
import { saleById } from "./queries";

/** A receipt again, as it was. */
export function SalePage() {
  const { t } = useTranslation("station");
  const { edge } = useStation();
  const { id = "" } = useParams({ strict: false }) as { id?: string };
  const sale = useQuery(saleById(id));
  return (
    <div className="mx-auto w-full max-w-3xl p-4 sm:p-6">
      <BackLink href={paths.pos.sales()} label={t("recent.sales")} />
      {sale.isPending && <Skeleton />}
      {sale.error && <Failure error={sale.error} onRetry={() => void sale.refetch()} />}
      {sale.data && (
        <div className="mt-3 flex flex-col items-center gap-5">
          <h1 className="sr-only">{t("receiptNumber", { ns: "common", number: sale.data.receipt_number })}</h1>
          <ReceiptPaper receipt={sale.data} timeZone={edge.location.time_zone} />
          <PrintButton what="sale" id={sale.data.id} label={t("done.print")} />
        </div>
      )}
    </div>
  );
}
