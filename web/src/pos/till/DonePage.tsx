import { Check } from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import { useMoney } from "../../format/CurrencyContext";
import { LargeAmount } from "../../station/LargeAmount";
import { PrintButton } from "../../station/print/PrintButton";
import { useStation } from "../../station/StationContext";
import { Button } from "../../ui/Button";
import { useLocale } from "../../i18n/useLocale";
import { ReceiptPaper } from "../../ui/ReceiptPaper";
import { missingGifts } from "../../ui/reasons";
import { useBasket } from "./BasketContext";
import type { Closed } from "./queries";

/** The change, large enough to read across the counter; the next scan begins the next customer. */
export function DonePage({ closed }: { closed: Closed }) {
  const { t } = useTranslation("station");
  const { edge } = useStation();
  const { next } = useBasket();
  const money = useMoney();
  const button = useRef<HTMLButtonElement>(null);
  const { receipt, wasRecorded } = closed;
  const paid = receipt.tenders.reduce((sum, tender) => sum + tender.amount_minor, 0);
  const missing = missingGifts(receipt.reasons, useLocale());
  useEffect(() => button.current?.focus(), []);
  return (
    <div className="grid flex-1 gap-6 p-5 lg:grid-cols-[1fr_27rem] lg:p-8">
      <section className="@container flex min-w-0 flex-col items-center justify-center gap-3 text-center" aria-labelledby="done-title">
        <h1 id="done-title" className="flex items-center gap-2 text-2xl font-semibold text-pine">
          <Check aria-hidden className="size-8" />
          {t("done.paid")} {money.amount(paid)}
        </h1>
        {missing.map(({ key, name }) => (
          <p key={key} className="rounded-field bg-amber-wash px-3 py-2 text-amber">
            {t("why.giftMissing", { name })}
          </p>
        ))}
        {wasRecorded && <p className="rounded-field bg-amber-wash px-3 py-2 text-amber">{t("done.recordedBefore")}</p>}
        {receipt.change_minor > 0 ? (
          <p role="status" className="leading-none">
            <span className="block text-2xl text-soft">{t("done.change")}</span>
            <LargeAmount text={money.amount(receipt.change_minor)} />
          </p>
        ) : (
          <p role="status" className="py-6 text-4xl font-bold text-soft">
            {t("done.noChange")}
          </p>
        )}
        <div className="mt-4 flex w-full max-w-md flex-col gap-3">
          <Button ref={button} kind="primary" size="huge" onClick={next}>
            {t("done.next")}
          </Button>
          <PrintButton what="sale" id={receipt.id} label={t("done.print")} />
        </div>
      </section>
      <div className="self-center lg:max-h-full lg:overflow-y-auto lg:p-1">
        <ReceiptPaper receipt={receipt} timeZone={edge.location.time_zone} />
      </div>
    </div>
  );
}
