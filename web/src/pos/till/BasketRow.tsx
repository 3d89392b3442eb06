import { useQuery } from "@tanstack/react-query";
import { Info, Minus, Plus, Tag, Trash2 } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import type { QuoteLine, Reasons } from "../../api/edge";
import { useMoney } from "../../format/CurrencyContext";
import { formatQuantity, isMeasured } from "../../format/quantity";
import { useLocale } from "../../i18n/useLocale";
import { accountsOf } from "../../station/queries";
import { usePrice } from "../../station/product/ProductTile";
import { IconButton } from "../../ui/Button";
import { beatenOn, firedOn } from "../../ui/reasons";
import type { Line } from "./basket";
import { useBasket } from "./BasketContext";
import { QuantityDialog } from "./QuantityDialog";

interface BasketRowProps {
  line: Line;
  quoted: QuoteLine | undefined;
  /** Why the basket costs what it costs. */
  reasons: Reasons | null | undefined;
  onWhy: (line: number) => void;
  /** The quantity it was just given, when it is the line touched last. */
  touched: number | null;
}

export function BasketRow({ line, quoted, reasons, onWhy, touched }: BasketRowProps) {
  const { t } = useTranslation("station");
  const money = useMoney();
  const locale = useLocale();
  const price = usePrice();
  const { setQuantity, setAsk } = useBasket();
  const [isEditing, setEditing] = useState(false);
  const row = useRef<HTMLLIElement>(null);
  const { variant, quantity } = line;
  const name = quoted?.name ?? variant.name;
  const stock = useQuery(accountsOf(variant.id)).data;
  const isShort = stock?.node_rights !== undefined && stock.node_rights < quantity;

  const byHand = quoted ? quoted.discount_minor - quoted.promoted_minor : 0;

  useEffect(() => {
    if (touched !== null) row.current?.scrollIntoView({ block: "nearest" });
  }, [touched]);

  return (
    <li ref={row} className={`py-2 pr-4 pl-5 ${touched === null ? "" : "animate-flash"}`}>
      <div className="flex items-center justify-between gap-3">
        <span className="min-w-0 leading-snug font-medium wrap-anywhere">{name}</span>
        <button
          type="button"
          aria-label={`${t("cheaper.open", { name })}: ${quoted ? money.amount(quoted.total_minor) : "…"}`}
          onClick={() => setAsk({ kind: "cheaper", key: line.key })}
          className="-my-1 flex min-h-12 shrink-0 items-center gap-2 rounded-field px-2 text-lg font-semibold hover:bg-sunken"
        >
          <Tag aria-hidden className="size-4 text-faint" />
          {quoted ? money.amount(quoted.total_minor) : "…"}
        </button>
      </div>
      <div className="flex items-center gap-2">
        <div className="min-w-0 flex-1 text-sm leading-tight text-soft">
          {price(quoted ?? variant)}
          {line.before && <span className="block font-medium text-amber">{t("parked.before", { price: money.decimal(line.before) })}</span>}
          {quoted?.price_reason && <span className="block font-medium text-amber">{quoted.price_reason}</span>}
          {quoted && byHand !== 0 && (
            <span className="block font-medium text-amber">
              {quoted.discount_reason || t("discount", { ns: "common" })} {money.amount(-byHand)}
            </span>
          )}
          {isShort && (
            <span className="block font-medium text-amber">
              {stock.node_rights > 0
                ? t("products.onlyLeft", { quantity: formatQuantity(stock.node_rights, variant.unit, locale) })
                : t("products.noneListed")}
            </span>
          )}
        </div>
        {!isMeasured(variant.unit) && quantity > 1 && (
          <IconButton label={t("basket.less", { name })} onClick={() => setQuantity(line.key, quantity - 1)}>
            <Minus aria-hidden className="size-5" />
          </IconButton>
        )}
        <button
          type="button"
          aria-label={`${t("basket.editQuantity", { name })}: ${formatQuantity(quantity, variant.unit, locale)}`}
          onClick={() => setEditing(true)}
          className="min-h-12 min-w-12 rounded-field border border-line bg-paper px-2 text-lg font-semibold hover:bg-sunken"
        >
          {formatQuantity(quantity, variant.unit, locale)}
        </button>
        {!isMeasured(variant.unit) && (
          <IconButton label={t("basket.more", { name })} onClick={() => setQuantity(line.key, quantity + 1)}>
            <Plus aria-hidden className="size-5" />
          </IconButton>
        )}
        <IconButton label={t("basket.remove", { name })} onClick={() => setQuantity(line.key, 0)}>
          <Trash2 aria-hidden className="size-5" />
        </IconButton>
      </div>
      {quoted && <LinePromotions quoted={quoted} reasons={reasons} onWhy={onWhy} />}
      {isEditing && (
        <QuantityDialog
          variant={variant}
          quantity={quantity}
          onClose={() => setEditing(false)}
          onSave={(changed) => {
            setQuantity(line.key, changed);
            setEditing(false);
          }}
        />
      )}
    </li>
  );
}

/** What promotions took off the line; one tap says why. */
function LinePromotions({ quoted, reasons, onWhy }: { quoted: QuoteLine; reasons: Reasons | null | undefined; onWhy: (line: number) => void }) {
  const { t } = useTranslation("station");
  const money = useMoney();
  const locale = useLocale();
  const given = firedOn(reasons, quoted.line, locale).filter(({ gave_minor }) => gave_minor !== 0);
  if (given.length === 0 && beatenOn(reasons, quoted.line, locale).length === 0) return null;
  const label = t("why.open", { name: quoted.name });
  const said = given.map(({ name, gave_minor }) => `${name} ${money.amount(-gave_minor)}`).join(", ");
  return (
    <button
      type="button"
      aria-label={said ? `${label}: ${said}` : label}
      onClick={() => onWhy(quoted.line)}
      className="mt-1 flex min-h-12 w-full items-center gap-2 rounded-field bg-pine-wash px-3 text-left text-sm font-medium text-pine hover:brightness-95"
    >
      <Info aria-hidden className="size-4 shrink-0" />
      <span className="min-w-0 flex-1">
        {given.map(({ key, name, gave_minor }) => (
          <span key={key} className="flex justify-between gap-3">
            <span className="min-w-0 wrap-anywhere">{name}</span>
            <span className="shrink-0">{money.amount(-gave_minor)}</span>
          </span>
        ))}
        {given.length === 0 && t("why.other")}
      </span>
    </button>
  );
}
