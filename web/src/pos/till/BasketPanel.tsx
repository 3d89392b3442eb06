import { useQuery } from "@tanstack/react-query";
import { ListRestart, Pause, ScanBarcode, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Quote } from "../../api/edge";
import { useMoney } from "../../format/CurrencyContext";
import { Button, IconButton } from "../../ui/Button";
import { Empty, Refusal } from "../../ui/states";
import { useBasket } from "./BasketContext";
import { BasketRow } from "./BasketRow";
import { GiftRow } from "./GiftRow";
import { HintStrip } from "./HintStrip";
import { PatronRow } from "./PatronRow";
import { parkedBaskets } from "./queries";
import { WhyDialog } from "./WhyDialog";

interface BasketPanelProps {
  quote: Quote | undefined;
  /** The quote belongs to the lines of a moment ago. */
  isStale: boolean;
  error: unknown;
  /** Why it cannot be paid, in words. */
  reason: string | null;
  onPay: () => void;
}

/** Lines, totals and the way to pay. */
export function BasketPanel({ quote, isStale, error, reason, onPay }: BasketPanelProps) {
  const { t } = useTranslation("station");
  const money = useMoney();
  const { basket, setAsk } = useBasket();
  const waiting = (useQuery(parkedBaskets).data ?? []).filter(({ sale_id }) => sale_id !== basket.sale).length;
  // A line, or null for the basket.
  const [why, setWhy] = useState<{ line: number | null } | null>(null);
  const isEmpty = basket.lines.length === 0;
  const byHand = quote ? quote.discount_minor - quote.promoted_minor : 0;
  // The quote may be that of a moment ago.
  const quotedAs = (at: number, variant: string) => {
    const line = quote?.lines[at];
    return line?.variant_id === variant ? line : undefined;
  };
  return (
    <div className="flex min-h-0 w-full flex-col">
      <header className="flex min-h-14 items-center gap-2 border-b border-line pr-2 pl-5">
        <h2 className="min-w-0 flex-1 truncate text-lg font-semibold">
          {t("basket.title")}{" "}
          {!isEmpty && <span className="font-normal text-faint">{t("lines", { ns: "common", count: basket.lines.length })}</span>}
        </h2>
        <Button kind="quiet" aria-keyshortcuts={isEmpty ? "F8" : undefined} icon={<ListRestart aria-hidden className="size-5" />} onClick={() => setAsk({ kind: "parked" })}>
          <span className={isEmpty && waiting === 0 ? "" : "sr-only"}>{t("parked.title")}</span>
          {waiting > 0 && <span className="min-w-6 rounded-full bg-gold px-1.5 text-center leading-6 font-bold text-night">{waiting}</span>}
        </Button>
        {!isEmpty && (
          <>
            <IconButton label={t("parked.park")} aria-keyshortcuts="F8" onClick={() => setAsk({ kind: "park" })}>
              <Pause aria-hidden className="size-5" />
            </IconButton>
            <IconButton label={t("void.basket")} onClick={() => setAsk({ kind: "void", going: { isWhole: true, quantities: {} } })}>
              <Trash2 aria-hidden className="size-5" />
            </IconButton>
          </>
        )}
      </header>
      <PatronRow useless={quote?.useless_vouchers ?? []} />
      {isEmpty ? (
        <div className="grid flex-1 place-items-center">
          <Empty icon={<ScanBarcode aria-hidden className="size-7" />} title={t("basket.empty")} hint={t("basket.emptyHint")} />
        </div>
      ) : (
        <ul className="min-h-0 flex-1 divide-y divide-line overflow-y-auto">
          {basket.lines.map((line, at) => (
            <BasketRow
              key={line.key}
              line={line}
              quoted={quotedAs(at, line.variant.id)}
              reasons={quote?.reasons}
              onWhy={(place) => setWhy({ line: place })}
              touched={basket.touched === line.key ? line.quantity : null}
            />
          ))}
          {quote?.lines
            .filter(({ is_gift }) => is_gift)
            .map((gift) => (
              <GiftRow key={gift.line} quoted={gift} reasons={quote.reasons} onWhy={(place) => setWhy({ line: place })} />
            ))}
        </ul>
      )}
      {!isEmpty && <HintStrip reasons={quote?.reasons} isNamed={basket.patron !== null} onOpen={() => setWhy({ line: null })} />}
      <footer className="border-t border-line bg-paper p-4">
        {Boolean(error) && <Refusal error={error} className="mb-3" />}
        <dl className="mb-3 space-y-0.5">
          {quote && quote.discount_minor !== 0 && (
            <>
              <Row name={t("subtotal", { ns: "common" })} value={money.amount(quote.subtotal_minor)} />
              {quote.promoted_minor !== 0 && <Row name={t("why.promotions")} value={money.amount(-quote.promoted_minor)} />}
              {byHand !== 0 && <Row name={t("discount", { ns: "common" })} value={money.amount(-byHand)} />}
            </>
          )}
          {quote && quote.tax_minor !== 0 && <Row name={t("tax", { ns: "common" })} value={money.amount(quote.tax_minor)} />}
          <div className="flex items-baseline justify-between gap-3">
            <dt className="text-xl font-semibold">{t("total", { ns: "common" })}</dt>
            <dd className={`text-4xl font-bold ${isStale && !isEmpty ? "text-faint" : ""}`} aria-live="polite">
              {money.amount(quote?.total_minor ?? 0)}
            </dd>
          </div>
        </dl>
        <Button kind="primary" size="huge" className="w-full" blocked={reason} aria-keyshortcuts="F9" onClick={onPay}>
          {isEmpty || !quote ? t("basket.pay") : t("basket.payAmount", { amount: money.amount(quote.total_minor) })}
        </Button>
      </footer>
      {why && quote && (why.line === null || quote.lines[why.line]) && <WhyDialog quote={quote} line={why.line} onClose={() => setWhy(null)} />}
    </div>
  );
}

function Row({ name, value }: { name: string; value: string }) {
  return (
    <div className="flex justify-between gap-3 text-soft">
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
