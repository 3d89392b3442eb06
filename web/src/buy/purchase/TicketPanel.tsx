import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Banknote, BookUser, Pencil, Scale, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { NewPurchase } from "../../api/edge";
import { useMoney } from "../../format/CurrencyContext";
import { formatQuantity, priceBasis } from "../../format/quantity";
import { useLocale } from "../../i18n/useLocale";
import { useStation } from "../../station/StationContext";
import { Button, IconButton } from "../../ui/Button";
import { Empty, Refusal } from "../../ui/states";
import { whyNotBuy } from "./canBuy";
import { CorrectionDialog } from "./CorrectionDialog";
import { useDraft } from "./DraftContext";
import { purchaseQuote } from "./queries";
import { lacking, lacks, toLines } from "./ticket";
import { usePurchase } from "./usePurchase";

/** The ticket so far, its total, and how it is paid. */
export function TicketPanel({ onLeave }: { onLeave?: () => void }) {
  const { t } = useTranslation("station");
  const money = useMoney();
  const locale = useLocale();
  const { session, edge } = useStation();
  const { draft, edit, remove } = useDraft();
  const purchase = usePurchase();
  const quoted = useQuery({ ...purchaseQuote(toLines(draft), draft.corrects?.id), placeholderData: keepPreviousData });
  const isEmpty = draft.lines.length === 0;
  const isQuoted = quoted.isSuccess && !quoted.isPlaceholderData;
  const gap = lacking(draft);
  const quote = isEmpty || gap ? undefined : quoted.data;
  const key = whyNotBuy({ draft, session, edge, isQuoted, isRefused: quoted.isError });
  const reason = key && (key === "line" && gap ? t("cannotBuy.line", { name: gap.name, missing: t(`cannotAdd.${gap.field}`) }) : t(`cannotBuy.${key}`));
  const isUncertain = draft.attempt !== null && !purchase.isSending;
  const total = quote?.total_minor ?? 0;
  const [correcting, setCorrecting] = useState<NewPurchase["payment"] | null>(null);
  const { corrects } = draft;
  const pay = (payment: NewPurchase["payment"]) => (corrects ? setCorrecting(payment) : purchase.pay(payment));
  const payCash = () => {
    if (purchase.isSending) return t("pay.recording");
    if (isEmpty) return t("pay.cash");
    return t(corrects ? "reversal.correctCash" : "buy.payCash", { amount: money.amount(total) });
  };
  return (
    <div className="flex min-h-0 w-full flex-col">
      {corrects && correcting && <CorrectionDialog corrects={corrects} payment={correcting} onClose={() => setCorrecting(null)} />}
      <h2 className="flex min-h-14 items-center border-b border-line px-5 text-lg font-semibold">{t("buy.ticket")}</h2>
      {isEmpty ? (
        <div className="grid flex-1 place-items-center">
          <Empty icon={<Scale aria-hidden className="size-7" />} title={t("buy.ticketEmpty")} hint={t("buy.ticketEmptyHint")} />
        </div>
      ) : (
        <ul className="min-h-0 flex-1 divide-y divide-line overflow-y-auto">
          {draft.lines.map((line, at) => {
            const priced = isQuoted ? quote?.lines[at] : undefined;
            const { name, unit } = line.variant;
            const missing = lacks(line);
            return (
              <li key={line.id} className="py-2 pr-2 pl-5">
                <div className="flex items-baseline justify-between gap-3 pr-3">
                  <span className="min-w-0 leading-snug font-medium wrap-anywhere">{name}</span>
                  <span className="shrink-0 text-lg font-semibold">{priced ? money.amount(priced.cost_minor) : "…"}</span>
                </div>
                <div className="flex items-center gap-1">
                  <span className="min-w-0 flex-1 text-sm text-soft">
                    {missing && <strong className="font-medium text-rust">{t(`cannotAdd.${missing}`)}</strong>}
                    {priced?.containers && `${priced.containers.count} × ${priced.containers.name}, ${t("net", { ns: "common" })} `}
                    {priced && formatQuantity(priced.quantity, unit, locale)}
                    {!missing && ` × ${money.decimal(line.entries.cost.replace(",", "."))}`}
                    {priced && priceBasis(priced.cost_quantity, unit, locale) && ` / ${priceBasis(priced.cost_quantity, unit, locale)}`}
                  </span>
                  <IconButton
                    label={t("buy.editLine", { name })}
                    disabled={draft.attempt !== null}
                    onClick={() => {
                      edit(line);
                      onLeave?.();
                    }}
                  >
                    <Pencil aria-hidden className="size-5" />
                  </IconButton>
                  <IconButton label={t("buy.removeLine", { name })} disabled={draft.attempt !== null} onClick={() => remove(line.id)}>
                    <Trash2 aria-hidden className="size-5" />
                  </IconButton>
                </div>
              </li>
            );
          })}
        </ul>
      )}
      <footer className="flex flex-col gap-3 border-t border-line bg-paper p-4">
        <Refusal error={isEmpty ? null : quoted.error} />
        <p className="flex items-baseline justify-between gap-3">
          <span className="text-xl font-semibold">{t("total", { ns: "common" })}</span>
          <span className="text-4xl font-bold" aria-live="polite">
            {money.amount(total)}
          </span>
        </p>
        {draft.attempt && (isUncertain || purchase.attempt > 0) ? (
          <>
            <p role="status" className="text-soft">
              {purchase.isSending ? t("pay.again", { attempt: purchase.attempt }) : t("buy.uncertain")}
            </p>
            <Refusal error={purchase.error} />
            <Button kind="primary" size="huge" disabled={purchase.isSending} onClick={() => draft.attempt && purchase.pay(draft.attempt)}>
              {t("retry", { ns: "common" })}
            </Button>
          </>
        ) : (
          <>
            <Refusal error={purchase.error} />
            <Button
              kind="primary"
              size="huge"
              blocked={reason}
              disabled={purchase.isSending}
              icon={<Banknote aria-hidden className="size-6" />}
              onClick={() => pay({ kind: "cash", amount_minor: total })}
            >
              {payCash()}
            </Button>
            <Button
              size="large"
              blocked={reason}
              disabled={purchase.isSending}
              icon={<BookUser aria-hidden className="size-5" />}
              onClick={() => pay({ kind: "account", amount_minor: total })}
            >
              {t(corrects ? "reversal.correctAccount" : "buy.onAccount")}
            </Button>
            {reason && !isEmpty && <p className="text-center text-soft">{reason}</p>}
          </>
        )}
      </footer>
    </div>
  );
}
