import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

import { paths } from "../../paths";
import { PrintButton } from "../../station/print/PrintButton";
import { BackLink } from "../../station/RecentList";
import { useStation } from "../../station/StationContext";
import { Failure, Skeleton } from "../../ui/states";
import { TicketPaper } from "../../ui/TicketPaper";
import { purchaseById } from "./queries";

/** A ticket again, as it was. */
export function TicketPage() {
  const { t } = useTranslation("station");
  const { edge } = useStation();
  const { id = "" } = useParams({ strict: false }) as { id?: string };
  const purchase = useQuery(purchaseById(id));
  return (
    <div className="mx-auto w-full max-w-3xl p-4 sm:p-6">
      <BackLink href={paths.buy.purchases()} label={t("recent.purchases")} />
      {purchase.isPending && <Skeleton />}
      {purchase.error && <Failure error={purchase.error} onRetry={() => void purchase.refetch()} />}
      {purchase.data && (
        <div className="mt-3 flex flex-col items-center gap-5">
          <h1 className="sr-only">{t("ticketNumber", { ns: "common", number: purchase.data.ticket_number })}</h1>
          <TicketPaper ticket={purchase.data} timeZone={edge.location.time_zone} />
          <PrintButton what="purchase" id={purchase.data.id} label={t("buy.print")} />
        </div>
      )}
    </div>
  );
}
