import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useEffect, useEffectEvent } from "react";
import { useTranslation } from "react-i18next";

import type { Receipt, SaleReturns } from "../../api/edge";
import { formatInstant } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { BackLink } from "../../station/RecentList";
import { useStation } from "../../station/StationContext";
import { Button } from "../../ui/Button";
import { Failure, Skeleton } from "../../ui/states";
import { patronText } from "../till/patron";
import { everything, leftOf } from "./back";
import { receiptByNumber, returnsOf } from "./queries";
import { RefundPanel } from "./RefundPanel";
import { ReturnDone } from "./ReturnDone";
import { ReturnLines } from "./ReturnLines";
import { useReturn } from "./useReturn";

/** Goods of a sale come back: what, why, and what the customer gets. */
export function ReturnPage() {
  const { t } = useTranslation("station");
  const { number = "" } = useParams({ strict: false }) as { number?: string };
  const receipt = useQuery(receiptByNumber(number));
  const sale = receipt.data?.id ?? "";
  const returns = useQuery({ ...returnsOf(sale), enabled: sale !== "" });
  const error = receipt.error ?? returns.error;
  return (
    <div className="mx-auto w-full max-w-6xl p-4 sm:p-6">
      <BackLink href={paths.pos.sales()} label={t("recent.sales")} />
      {!error && !returns.data && <Skeleton />}
      {error && <Failure error={error} onRetry={() => void (receipt.error ? receipt.refetch() : returns.refetch())} />}
      {receipt.data && returns.data && <Return key={receipt.data.id} receipt={receipt.data} returns={returns.data} />}
    </div>
  );
}

function Return({ receipt, returns }: { receipt: Receipt; returns: SaleReturns }) {
  const { t } = useTranslation("station");
  const locale = useLocale();
  const { edge } = useStation();
  const back = useReturn(receipt);
  const left = leftOf(receipt, returns);
  const hasLeft = left.some((quantity) => quantity > 0);
  useGiveKey(back.give);
  if (back.done) return <ReturnDone returned={back.done} receipt={receipt} hasMore={hasLeft} onMore={back.again} />;
  return (
    <>
      <header className="mt-1 mb-4 flex flex-wrap items-end justify-between gap-3">
        <div>
          <h1 className="text-2xl font-semibold">{t("returns.title", { number: receipt.receipt_number })}</h1>
          <p className="text-soft">
            {[formatInstant(receipt.closed_at, locale, edge.location.time_zone), receipt.staff.name, receipt.patron && patronText(receipt.patron)].filter(Boolean).join(" · ")}
          </p>
        </div>
        {hasLeft && (
          <Button disabled={back.isSending} onClick={() => back.setBasket(everything(back.basket, left))}>
            {t("returns.everything")}
          </Button>
        )}
      </header>
      <div className="grid gap-5 lg:grid-cols-[1fr_26rem] lg:items-start">
        <ReturnLines receipt={receipt} left={left} basket={back.basket} onChange={back.setBasket} isBusy={back.isSending} />
        {hasLeft && (
          <RefundPanel
            quote={back.quote}
            isQuoted={back.isQuoted}
            draft={back.draft}
            onChange={back.setDraft}
            needsSecond={back.needsSecond}
            error={back.error}
            isSending={back.isSending}
            blocked={back.blocked}
            onGive={back.give}
          />
        )}
      </div>
    </>
  );
}

/** F9 gives the refund, as it pays at the till. */
function useGiveKey(give: () => unknown): void {
  const hear = useEffectEvent((event: KeyboardEvent) => {
    if (event.key !== "F9" || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    give();
  });
  useEffect(() => {
    window.addEventListener("keydown", hear);
    return () => window.removeEventListener("keydown", hear);
  }, []);
}
