import { Minus, Plus } from "lucide-react";
import { useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";

import type { Receipt } from "../../api/edge";
import { useMoney } from "../../format/CurrencyContext";
import { formatQuantity, isMeasured } from "../../format/quantity";
import { useLocale } from "../../i18n/useLocale";
import { Button } from "../../ui/Button";
import { QuantityDialog } from "../till/QuantityDialog";
import { put, step, type Basket } from "./back";

interface ReturnLinesProps {
  receipt: Receipt;
  /** What can still come back, by line. */
  left: number[];
  basket: Basket;
  onChange: (basket: Basket) => void;
  isBusy: boolean;
}

type SoldLine = Receipt["lines"][number];

/** The lines of a sale, each with how much of it comes back. */
export function ReturnLines({ receipt, left, basket, onChange, isBusy }: ReturnLinesProps) {
  const [typing, setTyping] = useState<SoldLine | null>(null);
  return (
    <>
      <ul className="divide-y divide-line overflow-hidden rounded-card border border-line bg-surface shadow-card">
        {receipt.lines.map((line) => (
          <Row key={line.line} line={line} left={left[line.line] ?? 0} basket={basket} onChange={onChange} onType={() => setTyping(line)} isBusy={isBusy} />
        ))}
      </ul>
      {typing && (
        <QuantityDialog
          variant={{ id: typing.variant_id, name: typing.name, unit: typing.unit, unit_price: typing.unit_price, price_quantity: typing.price_quantity }}
          quantity={basket[typing.line]?.quantity ?? left[typing.line] ?? 0}
          onClose={() => setTyping(null)}
          onSave={(quantity) => {
            const most = left[typing.line] ?? 0;
            onChange(put(basket, typing.line, { quantity: Math.min(most, Math.max(0, quantity)), isDamaged: basket[typing.line]?.isDamaged ?? false }));
            setTyping(null);
          }}
        />
      )}
    </>
  );
}

interface RowProps {
  line: SoldLine;
  left: number;
  basket: Basket;
  onChange: (basket: Basket) => void;
  onType: () => void;
  isBusy: boolean;
}

function Row({ line, left, basket, onChange, onType, isBusy }: RowProps) {
  const { t } = useTranslation("station");
  const money = useMoney();
  const locale = useLocale();
  const back = basket[line.line];
  const whole = isMeasured(line.unit) ? left : 1;
  const move = (by: number) => !isBusy && onChange(step(basket, line.line, by, left));
  const shown = (quantity: number) => formatQuantity(quantity, line.unit, locale);
  const hear = (event: KeyboardEvent) => {
    if (event.key !== "+" && event.key !== "-") return;
    event.preventDefault();
    move(event.key === "+" ? whole : -whole);
  };
  return (
    <li className={`flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3 ${back ? "bg-pine-wash" : ""}`}>
      <div className="min-w-0 flex-1 basis-48">
        <p className="font-semibold wrap-anywhere">{line.name}</p>
        <p className="text-sm text-soft">
          {shown(line.quantity)} · {money.amount(line.total_minor)}
          {left < line.quantity && ` · ${t("returns.cameBack", { quantity: shown(line.quantity - left) })}`}
        </p>
      </div>
      {left > 0 ? (
        <div role="group" aria-label={line.name} className="flex items-center gap-2">
          {back && (
            <button
              type="button"
              aria-pressed={back.isDamaged}
              disabled={isBusy}
              onClick={() => onChange(put(basket, line.line, { ...back, isDamaged: !back.isDamaged }))}
              className="min-h-12 rounded-full border border-edge bg-surface px-4 font-medium hover:bg-sunken aria-pressed:border-amber aria-pressed:bg-amber-wash aria-pressed:text-amber"
            >
              {t("returns.damaged")}
            </button>
          )}
          <Button
            aria-label={t("returns.less")}
            disabled={isBusy}
            blocked={back ? null : t("returns.noneYet")}
            icon={<Minus aria-hidden className="size-5" />}
            onClick={() => move(-whole)}
            onKeyDown={hear}
          />
          <button
            type="button"
            disabled={isBusy}
            onClick={onType}
            onKeyDown={hear}
            className="min-h-12 min-w-20 rounded-field border border-edge bg-surface px-2 text-center text-lg font-semibold hover:bg-sunken"
          >
            {back ? shown(back.quantity) : "0"}
            <span className="sr-only"> {t("returns.ofLeft", { quantity: shown(left) })}</span>
          </button>
          <Button
            aria-label={t("returns.more")}
            disabled={isBusy}
            blocked={(back?.quantity ?? 0) >= left ? t("returns.allOfIt") : null}
            icon={<Plus aria-hidden className="size-5" />}
            onClick={() => move(whole)}
            onKeyDown={hear}
          />
        </div>
      ) : (
        <span className="rounded-full bg-sunken px-3 py-1.5 text-sm font-medium text-soft">{t("returns.allBack")}</span>
      )}
    </li>
  );
}
