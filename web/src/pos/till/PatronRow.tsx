import { Ticket, TicketX, UserRound, X } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { Quote } from "../../api/edge";
import { useLocale } from "../../i18n/useLocale";
import { Button, IconButton } from "../../ui/Button";
import { labelOf } from "../../ui/reasons";
import { useBasket } from "./BasketContext";
import { patronText } from "./patron";
import { whyUseless } from "./voucher";

/** Who buys and which vouchers they have shown, at the head of the basket; or the way to say it. One that gives nothing says why. */
export function PatronRow({ useless }: { useless: NonNullable<Quote["useless_vouchers"]> }) {
  const { t } = useTranslation("station");
  const locale = useLocale();
  const { basket, setAsk, setPatron, takeVoucherBack } = useBasket();
  const { patron, vouchers } = basket;
  const isBusy = basket.attempt !== null;
  return (
    <div className="flex min-h-14 flex-wrap items-center gap-2 border-b border-line pr-2 pl-3">
      <Button
        kind="quiet"
        className="min-w-0 flex-1 justify-start"
        aria-keyshortcuts="F2"
        disabled={isBusy}
        icon={<UserRound aria-hidden className="size-5 shrink-0" />}
        onClick={() => setAsk({ kind: "patron" })}
      >
        <span className="truncate">{patron ? <><span className="sr-only">{t("patron.title")}: </span>{patronText(patron)}</> : t("patron.title")}</span>
      </Button>
      {patron && (
        <IconButton label={t("patron.remove")} disabled={isBusy} onClick={() => setPatron(null)}>
          <X aria-hidden className="size-5" />
        </IconButton>
      )}
      <IconButton label={t("voucher.title")} aria-keyshortcuts="F6" disabled={isBusy} onClick={() => setAsk({ kind: "voucher" })}>
        <Ticket aria-hidden className="size-5" />
      </IconButton>
      {vouchers.map((voucher) => {
        const name = labelOf(voucher, locale);
        const why = whyUseless(useless, voucher.voucher_id, patron !== null);
        return (
          <div key={voucher.voucher_id} className={`mb-1 flex w-full items-center gap-2 rounded-field pl-3 ${why ? "bg-amber-wash text-amber" : "bg-pine-wash text-pine"}`}>
            {why ? <TicketX aria-hidden className="size-4 shrink-0" /> : <Ticket aria-hidden className="size-4 shrink-0" />}
            <span className="min-w-0 flex-1 py-1">
              <span className="block truncate font-medium">{name}</span>
              {why && <span role="status" className="block text-sm">{t(`voucher.useless.${why}`)}</span>}
            </span>
            <IconButton label={t("voucher.takeBack", { name })} disabled={isBusy} onClick={() => takeVoucherBack(voucher.voucher_id)}>
              <X aria-hidden className="size-5" />
            </IconButton>
          </div>
        );
      })}
    </div>
  );
}
