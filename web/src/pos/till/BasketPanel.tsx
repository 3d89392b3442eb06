import { ScanBarcode, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Quote } from "../../api/edge";
import { useMoney } from "../../format/CurrencyContext";
import { Button, IconButton } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Empty, Refusal } from "../../ui/states";
import { useBasket } from "./BasketContext";
import { BasketRow } from "./BasketRow";

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
  const { basket, clear } = useBasket();
  const [isClearing, setClearing] = useState(false);
  const isEmpty = basket.lines.length === 0;
  const byVariant = new Map(quote?.lines.map((line) => [line.variant_id, line]));
  return (
    <div className="flex min-h-0 w-full flex-col">
      <header className="flex min-h-14 items-center gap-2 border-b border-line pr-2 pl-5">
        <h2 className="flex-1 text-lg font-semibold">
          {t("basket.title")}{" "}
          {!isEmpty && <span className="font-normal text-faint">{t("lines", { ns: "common", count: basket.lines.length })}</span>}
        </h2>
        {!isEmpty && (
          <IconButton label={t("basket.clear")} onClick={() => setClearing(true)}>
            <Trash2 aria-hidden className="size-5" />
          </IconButton>
        )}
      </header>
      {isEmpty ? (
        <div className="grid flex-1 place-items-center">
          <Empty icon={<ScanBarcode aria-hidden className="size-7" />} title={t("basket.empty")} hint={t("basket.emptyHint")} />
        </div>
      ) : (
        <ul className="min-h-0 flex-1 divide-y divide-line overflow-y-auto">
          {basket.lines.map((line) => (
            <BasketRow key={line.variant.id} line={line} quoted={byVariant.get(line.variant.id)} touched={basket.touched === line.variant.id ? line.quantity : null} />
          ))}
        </ul>
      )}
      <footer className="border-t border-line bg-paper p-4">
        {Boolean(error) && <Refusal error={error} className="mb-3" />}
        <dl className="mb-3 space-y-0.5">
          {quote && quote.discount_minor !== 0 && (
            <>
              <Row name={t("subtotal", { ns: "common" })} value={money.amount(quote.subtotal_minor)} />
              <Row name={t("discount", { ns: "common" })} value={money.amount(-quote.discount_minor)} />
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
      {isClearing && (
        <Dialog title={t("basket.clearTitle")} description={t("basket.clearText")} onClose={() => setClearing(false)}>
          <div className="flex gap-3">
            <Button className="flex-1" onClick={() => setClearing(false)}>
              {t("cancel", { ns: "common" })}
            </Button>
            <Button
              kind="danger"
              className="flex-1"
              onClick={() => {
                clear();
                setClearing(false);
              }}
            >
              {t("basket.clear")}
            </Button>
          </div>
        </Dialog>
      )}
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
