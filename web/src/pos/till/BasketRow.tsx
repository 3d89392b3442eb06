import { useQuery } from "@tanstack/react-query";
import { Minus, Plus, Tag, Trash2 } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import type { QuoteLine } from "../../api/edge";
import { useMoney } from "../../format/CurrencyContext";
import { formatQuantity, isMeasured } from "../../format/quantity";
import { useLocale } from "../../i18n/useLocale";
import { accountsOf } from "../../station/queries";
import { usePrice } from "../../station/product/ProductTile";
import { IconButton } from "../../ui/Button";
import type { Line } from "./basket";
import { useBasket } from "./BasketContext";
import { QuantityDialog } from "./QuantityDialog";

interface BasketRowProps {
  line: Line;
  quoted: QuoteLine | undefined;
  /** The quantity it was just given, when it is the line touched last. */
  touched: number | null;
}

export function BasketRow({ line, quoted, touched }: BasketRowProps) {
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
          {quoted && quoted.discount_minor !== 0 && (
            <span className="block font-medium text-amber">
              {quoted.discount_reason || t("discount", { ns: "common" })} {money.amount(-quoted.discount_minor)}
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
