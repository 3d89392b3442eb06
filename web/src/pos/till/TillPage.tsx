import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { ChevronUp, ShoppingBasket } from "lucide-react";
import { useEffect, useEffectEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import type { Variant } from "../../api/edge";
import { useMoney } from "../../format/CurrencyContext";
import { isMeasured } from "../../format/quantity";
import { ProductSearch } from "../../station/product/ProductSearch";
import { useStation } from "../../station/StationContext";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { meant } from "./basket";
import { useBasket } from "./BasketContext";
import { BasketPanel } from "./BasketPanel";
import { BasketAsk } from "./BasketAsk";
import { whyNotPay } from "./canPay";
import { DonePage } from "./DonePage";
import { PayDialog } from "./PayDialog";
import { QuantityDialog } from "./QuantityDialog";
import { quote } from "./queries";

/** The till: what is sold on the left, what is in the basket on the right. */
export function TillPage() {
  const { t } = useTranslation("station");
  const { session, edge, notify } = useStation();
  const { basket, closed, add, scan, ask, setAsk } = useBasket();
  const [weighing, setWeighing] = useState<Variant | null>(null);
  // The sale that is being paid: the next customer has another.
  const [paying, setPaying] = useState<string | null>(null);
  const [isBasketShown, setBasketShown] = useState(false);
  const money = useMoney();
  const quoted = useQuery({ ...quote(basket), placeholderData: keepPreviousData });
  const isQuoted = quoted.isSuccess && !quoted.isPlaceholderData;
  const reason = whyNotPay({ basket, session, edge, isQuoted, isRefused: quoted.isError });

  const isFree = !closed && ask === null && paying !== basket.sale && !basket.attempt;
  const line = meant(basket);
  useKeys({
    F2: () => isFree && setAsk({ kind: "patron" }),
    F4: () => isFree && line && setAsk({ kind: "cheaper", key: line.key }),
    F6: () => isFree && setAsk({ kind: "voucher" }),
    F7: () => isFree && line && setAsk({ kind: "void", going: { isWhole: false, quantities: { [line.key]: line.quantity } } }),
    F8: () => isFree && setAsk({ kind: line ? "park" : "parked" }),
    F9: () => !closed && ask === null && reason === null && setPaying(basket.sale),
  });
  if (closed) return <DonePage closed={closed} />;

  const choose = (variant: Variant) => {
    if (variant.unit_price === "") notify({ tone: "warn", text: t("products.noPriceHint", { name: variant.name }) });
    else if (isMeasured(variant.unit)) setWeighing(variant);
    else add(variant, 1);
  };
  const pay = () => {
    setBasketShown(false);
    setPaying(basket.sale);
  };
  const shownQuote = basket.lines.length > 0 ? quoted.data : undefined;
  const panel = (
    <BasketPanel quote={shownQuote} isStale={!isQuoted} error={quoted.error} reason={reason && t(`cannotPay.${reason}`)} onPay={pay} />
  );
  return (
    <div className="flex min-h-0 flex-1 flex-col lg:flex-row">
      <h1 className="sr-only">{t("till")}</h1>
      <ProductSearch onChoose={choose} onCode={scan} />
      <aside aria-label={t("basket.title")} className="hidden w-104 shrink-0 border-l border-line bg-surface lg:flex xl:w-112">
        {panel}
      </aside>
      <div className="flex items-center gap-3 border-t border-line bg-surface p-3 lg:hidden">
        <button
          type="button"
          aria-label={`${t("basket.show")}: ${t("lines", { ns: "common", count: basket.lines.length })}`}
          onClick={() => setBasketShown(true)}
          className="flex min-h-14 min-w-0 flex-1 items-center gap-3 rounded-field bg-sunken px-4 text-left"
        >
          <span className="relative shrink-0">
            <ShoppingBasket aria-hidden className="size-6 text-soft" />
            <span className="absolute -top-2.5 left-3.5 min-w-5 rounded-full bg-pine px-1 text-center text-xs leading-5 font-bold text-white">
              {basket.lines.length}
            </span>
          </span>
          <ChevronUp aria-hidden className="mr-auto ml-2 size-5 shrink-0 text-faint" />
          <span className="text-xl font-bold">{money.amount(shownQuote?.total_minor ?? 0)}</span>
        </button>
        <Button kind="primary" size="large" blocked={reason && t(`cannotPay.${reason}`)} onClick={pay}>
          {t("basket.pay")}
        </Button>
      </div>
      {isBasketShown && (
        <Dialog title={t("basket.title")} onClose={() => setBasketShown(false)} className="h-[94dvh] sm:max-w-lg">
          <div className="-m-5 flex h-[calc(94dvh-4.1rem)]">{panel}</div>
        </Dialog>
      )}
      {weighing && (
        <QuantityDialog
          variant={weighing}
          onClose={() => setWeighing(null)}
          onSave={(quantity) => {
            add(weighing, quantity);
            setWeighing(null);
          }}
        />
      )}
      <BasketAsk />
      {(paying === basket.sale || basket.attempt) && basket.lines.length > 0 && quoted.data && (
        <PayDialog quote={quoted.data} onClose={() => setPaying(null)} />
      )}
    </div>
  );
}

/** Keys that work from anywhere on the till: F2 names the customer, F4 makes the line cheaper, F6 takes a voucher, F7 takes it off, F8 parks or recalls, F9 pays. */
function useKeys(keys: Record<string, () => unknown>): void {
  const hear = useEffectEvent((event: KeyboardEvent) => {
    const act = keys[event.key];
    if (!act || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    act();
  });
  useEffect(() => {
    window.addEventListener("keydown", hear);
    return () => window.removeEventListener("keydown", hear);
  }, []);
}
