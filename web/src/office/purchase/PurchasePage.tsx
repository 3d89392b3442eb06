import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { HandCoins, Printer } from "lucide-react";
import { useTranslation } from "react-i18next";

import { formatDay } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { Button } from "../../ui/Button";
import { Go } from "../../ui/Go";
import { printRoll } from "../../ui/print";
import { TicketPaper } from "../../ui/TicketPaper";
import { Failure, Skeleton } from "../../ui/states";
import { useZone } from "../session/SessionContext";
import { BackLink } from "../ui/BackLink";
import { OriginCard } from "../ui/OriginCard";
import { PageHead } from "../ui/PageHead";
import { purchaseById } from "./queries";
import { ReversalCard } from "./ReversalCard";

/** A purchase: its ticket, and the way it came here. */
export function PurchasePage() {
  const { t } = useTranslation();
  const locale = useLocale();
  const zone = useZone();
  const { location = "", date = "", id = "" } = useParams({ strict: false }) as Record<string, string>;
  const purchase = useQuery(purchaseById(location, date, id));
  const back = <BackLink href={paths.office.purchases()} label={t("purchases.title", { ns: "office" })} />;
  if (purchase.isPending) return <Skeleton />;
  if (purchase.error) {
    return (
      <>
        {back}
        <Failure error={purchase.error} onRetry={() => void purchase.refetch()} />
      </>
    );
  }
  return (
    <>
      {back}
      <PageHead
        title={t("ticketNumber", { number: purchase.data.ticket_number })}
        hint={`${purchase.data.location.name} · ${formatDay(purchase.data.business_date, locale)}`}
      >
        <Go
          href={paths.office.supplierAccount(purchase.data.supplier.id)}
          className="inline-flex min-h-12 items-center gap-2 rounded-field border border-edge bg-surface px-4 font-semibold hover:bg-sunken"
        >
          <HandCoins aria-hidden className="size-5" />
          {t("supplierAccount.open", { ns: "office" })}
        </Go>
        <Button icon={<Printer aria-hidden className="size-5" />} onClick={printRoll}>
          {t("print")}
        </Button>
      </PageHead>
      <div className="grid items-start gap-6 lg:grid-cols-[auto_1fr]">
        <div className="w-full lg:w-88">
          <TicketPaper ticket={purchase.data} timeZone={zone(purchase.data.location_id)} />
        </div>
        <div className="flex flex-col gap-6">
          <ReversalCard purchase={purchase.data} />
          <OriginCard document={purchase.data} timeZone={zone(purchase.data.location_id)} />
        </div>
      </div>
    </>
  );
}
