import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Banknote, CreditCard, Undo2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Quote, Tender } from "../../api/edge";
import { useMoney } from "../../format/CurrencyContext";
import { parseEntry } from "../../format/entry";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { EntryField } from "../../ui/EntryField";
import { NumberPad } from "../../ui/NumberPad";
import { Refusal } from "../../ui/states";
import { ShortageDialog } from "../shortage/ShortageDialog";
import { useBasket } from "./BasketContext";
import { quote as quoteOf } from "./queries";
import { usePayment } from "./usePayment";

/** One tap for exact or suggested cash; a pad for everything else; several tenders when wanted. */
export function PayDialog({ quote, onClose }: { quote: Quote; onClose: () => void }) {
  const { t } = useTranslation("station");
  const money = useMoney();
  const { basket } = useBasket();
  const payment = usePayment();
  const [tenders, setTenders] = useState<Tender[]>([]);
  const [entry, setEntry] = useState("");
  const given = tenders.reduce((sum, tender) => sum + tender.amount_minor, 0);
  // A promotion may be for a way of paying.
  const cash = useDue(tenders, "cash", quote);
  const card = useDue(tenders, "card", quote);
  const remaining = cash.total_minor - given;
  const remainingByCard = card.total_minor - given;
  const typed = parseEntry(entry, money.currency.exponent);
  const isBusy = payment.isSending || !cash.isKnown || !card.isKnown;
  const isUncertain = basket.attempt !== null && !payment.isSending;

  const take = (kind: Tender["kind"], amount_minor: number) => {
    const all = [...tenders, { kind, amount_minor }];
    const due = (kind === "card" ? card : cash).total_minor;
    if (given + amount_minor >= due) payment.pay(all, due);
    else setTenders(all);
    setEntry("");
  };
  // Enter takes what was typed; with nothing typed, the exact amount.
  const enter = () => {
    if (!isBusy && typed !== 0) take("cash", typed ?? remaining);
  };
  const whyNotCash = typed === 0 ? t("pay.enterFirst") : null;
  const whyNotCard = () => {
    if (typed === 0) return t("pay.enterFirst");
    return typed !== null && typed > remainingByCard ? t("pay.tooMuchCard") : null;
  };
  const suggested = tenders.length === 0 ? cash.suggested_cash_minor.filter((minor) => minor !== remaining) : [];

  if (payment.lacking) {
    const { shortages, before, round } = payment.lacking;
    return (
      <ShortageDialog
        key={round}
        shortages={shortages}
        before={before}
        error={payment.error}
        isSending={payment.isSending}
        onAnswer={payment.answer}
        onTakenOff={payment.giveUp}
        onClose={() => {
          payment.giveUp();
          onClose();
        }}
      />
    );
  }
  if (basket.attempt && (isUncertain || payment.attempt > 0)) {
    const { tenders: sent, total_minor } = basket.attempt;
    return (
      <Dialog title={t("pay.title")} onClose={onClose} isBusy>
        <div className="flex flex-col gap-4 text-center">
          <Due name={t("pay.due")} amount={money.amount(total_minor)} />
          <p role="status" className="text-soft">
            {payment.isSending ? t("pay.again", { attempt: payment.attempt }) : t("pay.uncertain")}
          </p>
          {!payment.isSending && <Refusal error={payment.error} className="text-left" />}
          <Button kind="primary" size="large" disabled={payment.isSending} onClick={() => payment.again(sent, total_minor)}>
            {t("retry", { ns: "common" })}
          </Button>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title={t("pay.title")} onClose={onClose} isBusy={payment.isSending} className="sm:max-w-3xl">
      <div className="grid gap-5 sm:grid-cols-2">
        <div className="flex flex-col gap-3">
          <Due
            name={tenders.length === 0 ? t("pay.due") : t("pay.remaining")}
            amount={money.amount(remaining)}
          />
          {tenders.map((tender, at) => (
            <button
              // Equal tenders are alike: taking either back is the same.
              // oxlint-disable-next-line react/no-array-index-key
              key={at}
              type="button"
              aria-label={t("pay.takeBack", { kind: t(`tender.${tender.kind}`, { ns: "common" }), amount: money.amount(tender.amount_minor) })}
              onClick={() => setTenders(tenders.filter((_, other) => other !== at))}
              className="flex min-h-12 items-center justify-between rounded-field border border-line bg-paper px-4 hover:bg-sunken"
            >
              <span className="font-medium">{t(`tender.${tender.kind}`, { ns: "common" })}</span>
              <span className="flex items-center gap-3 font-semibold">
                {money.amount(tender.amount_minor)}
                <Undo2 aria-hidden className="size-5 text-soft" />
              </span>
            </button>
          ))}
          <Refusal error={payment.error} />
          <Button
            kind="primary"
            size="huge"
            disabled={isBusy}
            icon={<Banknote aria-hidden className="size-6" />}
            aria-keyshortcuts="Enter"
            aria-label={t("pay.exactCash", { amount: money.amount(remaining) })}
            onClick={() => take("cash", remaining)}
          >
            {payment.isSending ? t("pay.recording") : `${t("pay.exact")} ${money.amount(remaining)}`}
          </Button>
          {suggested.length > 0 && (
            <div role="group" aria-label={t("pay.cashSuggestions")} className="grid grid-cols-2 gap-3">
              {suggested.map((minor) => (
                <Button
                  key={minor}
                  size="large"
                  disabled={isBusy}
                  aria-label={t("pay.cashAmount", { amount: money.amount(minor) })}
                  onClick={() => take("cash", minor)}
                >
                  {money.amount(minor)}
                </Button>
              ))}
            </div>
          )}
          {typed === null && (
            <Button
              size="large"
              disabled={isBusy}
              icon={<CreditCard aria-hidden className="size-6" />}
              title={t("pay.cardHint")}
              onClick={() => take("card", remainingByCard)}
            >
              {t("pay.cardAmount", { amount: money.amount(remainingByCard) })}
            </Button>
          )}
        </div>
        <div className="flex flex-col gap-3">
          <EntryField
            label={t("pay.otherAmount")}
            entry={entry}
            onChange={setEntry}
            digits={money.currency.exponent}
            unit={money.currency.code}
            onEnter={enter}
            isActive
          />
          <NumberPad
            entry={entry}
            onChange={setEntry}
            digits={money.currency.exponent}
            onEnter={enter}
          />
          <div className="grid grid-cols-2 gap-3">
            <Button
              size="large"
              kind={typed === null ? "plain" : "primary"}
              disabled={isBusy || typed === null}
              blocked={whyNotCash}
              onClick={() => typed !== null && take("cash", typed)}
            >
              {t("pay.cash")}
            </Button>
            <Button
              size="large"
              disabled={isBusy || typed === null}
              blocked={whyNotCard()}
              onClick={() => typed !== null && take("card", typed)}
            >
              {t("pay.card")}
            </Button>
          </div>
        </div>
      </div>
    </Dialog>
  );
}

/** What the basket costs when it is paid so. */
function useDue(tenders: Tender[], kind: Tender["kind"], quoted: Quote) {
  const { basket } = useBasket();
  const kinds = [...new Set([...tenders.map((tender) => tender.kind), kind])];
  const { data = quoted, isSuccess, isPlaceholderData } = useQuery({ ...quoteOf(basket, kinds), placeholderData: keepPreviousData });
  return { total_minor: data.total_minor, suggested_cash_minor: data.suggested_cash_minor, isKnown: isSuccess && !isPlaceholderData };
}

function Due({ name, amount }: { name: string; amount: string }) {
  return (
    <p className="flex flex-col rounded-card bg-night px-5 py-4 text-night-ink">
      <span className="text-night-soft">{name}</span>
      <span className="text-5xl leading-tight font-bold wrap-anywhere">{amount}</span>
    </p>
  );
}
