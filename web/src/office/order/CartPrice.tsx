import { useTranslation } from "react-i18next";

import type { CartQuote } from "../../api/cloud";
import { useMoney } from "../../format/CurrencyContext";
import { useLocale } from "../../i18n/useLocale";
import { Refusal } from "../../ui/states";
import { WhyList } from "../promotion/WhyList";

interface CartPriceProps {
  quote: CartQuote | undefined;
  error: unknown;
  /** Of the lines. */
  names: string[];
}

/** Counters that count pieces or receipts: of money nobody is told how much is left. */
const COUNTED = ["units", "uses", "day"];

/** What a cart costs, why, what is left of it, and what members would get. */
export function CartPrice({ quote, error, names }: CartPriceProps) {
  const { t } = useTranslation("office");
  const money = useMoney();
  const locale = useLocale();
  if (!quote) return <Refusal error={error} className="mx-4 mb-4" />;
  const { reasons } = quote;
  const isAbout = [reasons.fired, reasons.near, reasons.beaten, reasons.exhausted, reasons.gifts, reasons.points, reasons.shipping].some((said) => said.length > 0);
  const nameOf = (id: string) => reasons.promotions.find((one) => one.id === id);
  const limits = quote.limits.flatMap(({ promotion_id, counter, available }) => {
    const promotion = nameOf(promotion_id);
    // What is used up stands among the reasons.
    if (!promotion || !COUNTED.includes(counter) || available < 1) return [];
    const name = promotion.labels[locale] ?? promotion.name;
    return [{ key: `${promotion_id} ${counter}`, text: t("orders.left", { promotion: name, count: available }) }];
  });
  const members = quote.for_members.map(({ name, labels }) => labels[locale] ?? name);
  return (
    <section aria-label={t("orders.price")} aria-live="polite" className="flex flex-col gap-3 border-t border-line px-4 py-3">
      <Refusal error={error} />
      <dl className="flex flex-col gap-1">
        {quote.discount_minor > 0 && <Row term={t("orders.before")} text={money.amount(quote.subtotal_minor)} />}
        {quote.discount_minor > 0 && <Row term={t("orders.off")} text={money.amount(-quote.discount_minor)} />}
        <Row term={t("total", { ns: "common" })} text={money.amount(quote.total_minor)} isTotal />
      </dl>
      {isAbout && (
        <div className="text-sm">
          <WhyList reasons={reasons} lines={names} />
        </div>
      )}
      {limits.map(({ key, text }) => (
        <p key={key} className="text-sm font-medium text-amber">
          {text}
        </p>
      ))}
      {members.length > 0 && <p className="text-sm text-soft">{t("orders.members", { names: members.join(", ") })}</p>}
    </section>
  );
}

function Row({ term, text, isTotal = false }: { term: string; text: string; isTotal?: boolean }) {
  return (
    <div className={`flex justify-between gap-4 ${isTotal ? "text-lg font-bold" : "text-soft"}`}>
      <dt>{term}</dt>
      <dd className="text-right">{text}</dd>
    </div>
  );
}
