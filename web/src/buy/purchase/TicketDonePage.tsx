import { Check } from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import { useMoney } from "../../format/CurrencyContext";
import { LargeAmount } from "../../station/LargeAmount";
import { PrintButton } from "../../station/print/PrintButton";
import { useStation } from "../../station/StationContext";
import { Button } from "../../ui/Button";
import { TicketPaper } from "../../ui/TicketPaper";
import { useDraft } from "./DraftContext";
import type { Recorded } from "./queries";
import { cashDue } from "./ticket";

/** What to hand out, and the ticket for the supplier. */
export function TicketDonePage({ recorded }: { recorded: Recorded }) {
  const { t } = useTranslation("station");
  const { edge } = useStation();
  const { next } = useDraft();
  const money = useMoney();
  const button = useRef<HTMLButtonElement>(null);
  const { ticket, wasRecorded } = recorded;
  const { replaces } = ticket;
  const due = replaces ? cashDue({ kind: replaces.payment_kind, amount_minor: replaces.total_minor }, ticket.payment) : null;
  const flow = () => {
    if (due !== null && due < 0) return t("reversal.cashBack");
    return t(due !== null && due > 0 ? "reversal.cashOut" : ticket.payment.kind === "cash" ? "buy.paidCash" : "buy.onAccountDone");
  };
  useEffect(() => button.current?.focus(), []);
  return (
    <div className="grid flex-1 gap-6 p-5 lg:grid-cols-[1fr_27rem] lg:p-8">
      <section className="@container flex min-w-0 flex-col items-center justify-center gap-3 text-center" aria-labelledby="done-title">
        <h1 id="done-title" className="flex items-center gap-2 text-2xl font-semibold text-pine">
          <Check aria-hidden className="size-8" />
          {t(replaces ? "reversal.corrected" : "buy.done")}
        </h1>
        {wasRecorded && <p className="rounded-field bg-amber-wash px-3 py-2 text-amber">{t("buy.recordedBefore")}</p>}
        <p role="status" className="leading-tight">
          <span className="block text-2xl text-soft">
            {flow()}
          </span>
          <LargeAmount text={money.amount(due === null ? ticket.total_minor : Math.abs(due))} />
        </p>
        <div className="mt-4 flex w-full max-w-md flex-col gap-3">
          <Button ref={button} kind="primary" size="huge" onClick={next}>
            {t("buy.next")}
          </Button>
          <PrintButton what="purchase" id={ticket.id} label={t("buy.print")} />
        </div>
      </section>
      <div className="self-center lg:max-h-full lg:overflow-y-auto lg:p-1">
        <TicketPaper ticket={ticket} timeZone={edge.location.time_zone} />
      </div>
    </div>
  );
}
