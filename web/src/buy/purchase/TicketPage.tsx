import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { Ban, Pencil } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { PurchaseTicket } from "../../api/edge";
import { paths } from "../../paths";
import { PrintButton } from "../../station/print/PrintButton";
import { BackLink } from "../../station/RecentList";
import { may, useStation } from "../../station/StationContext";
import { Button } from "../../ui/Button";
import { Go, useGo } from "../../ui/Go";
import { Failure, Skeleton } from "../../ui/states";
import { TicketPaper } from "../../ui/TicketPaper";
import { useDraft } from "./DraftContext";
import { purchaseById } from "./queries";
import { VoidDialog } from "./VoidDialog";

/** What a ticket stands in the place of, or what stands in its place. */
function TakenBackNote({ ticket }: { ticket: PurchaseTicket }) {
  const { t } = useTranslation("station");
  const { reversal, replaces } = ticket;
  if (!reversal && !replaces) return null;
  return (
    <div role="status" className="flex w-full max-w-md flex-col gap-2 rounded-card border border-amber-line bg-amber-wash/40 p-4">
      {reversal && (
        <>
          <p className="font-semibold">{t(`reversal.is.${reversal.state as "voided"}`, { number: reversal.ticket_number })}</p>
          {reversal.state === "replaced" && (
            <Go href={paths.buy.purchase(reversal.id)} className="inline-flex min-h-12 items-center font-medium text-pine underline">
              {t("reversal.seeNew")}
            </Go>
          )}
        </>
      )}
      {replaces && (
        <>
          <p className="font-semibold">{t("reversal.is.correction", { number: replaces.purchase_number })}</p>
          <Go href={paths.buy.purchase(replaces.purchase_id)} className="inline-flex min-h-12 items-center font-medium text-pine underline">
            {t("reversal.seeOld")}
          </Go>
        </>
      )}
    </div>
  );
}

function TakeBackButtons({ ticket }: { ticket: PurchaseTicket }) {
  const { t } = useTranslation("station");
  const { session, edge } = useStation();
  const { draft, correct } = useDraft();
  const go = useGo();
  const [isVoiding, setVoiding] = useState(false);
  const blocked = () => {
    if (!may(session, "purchase.create")) return t("cannotBuy.permission");
    return edge.mode === "readonly" ? t("cannotBuy.readonly") : null;
  };
  const busy = draft.lines.length > 0 || draft.attempt ? t("reversal.busy") : null;
  return (
    <>
      <Button
        size="large"
        blocked={blocked() ?? busy}
        icon={<Pencil aria-hidden className="size-5" />}
        onClick={() => {
          correct(ticket);
          go(paths.buy.station());
        }}
      >
        {t("reversal.correctIt")}
      </Button>
      <Button size="large" blocked={blocked()} icon={<Ban aria-hidden className="size-5" />} onClick={() => setVoiding(true)}>
        {t("reversal.voidIt")}
      </Button>
      {isVoiding && <VoidDialog ticket={ticket} onClose={() => setVoiding(false)} />}
    </>
  );
}

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
          <TakenBackNote ticket={purchase.data} />
          <TicketPaper ticket={purchase.data} timeZone={edge.location.time_zone} />
          <div className="flex w-full max-w-md flex-col gap-3">
            <PrintButton what="purchase" id={purchase.data.id} label={t("buy.print")} />
            {purchase.data.reversal?.state === "voided" && (
              <PrintButton what="purchase_void" id={purchase.data.reversal.id} label={t("reversal.printVoid")} />
            )}
            {!purchase.data.reversal && <TakeBackButtons ticket={purchase.data} />}
          </div>
        </div>
      )}
    </div>
  );
}
