import { useTranslation } from "react-i18next";

import { useMoney } from "../../format/CurrencyContext";
import { useLocale } from "../../i18n/useLocale";
import type { Reasons } from "./contract";

/** Why a basket costs what it costs: what fired, what was beaten, what is nearly reached. */
export function WhyList({ reasons, lines }: { reasons: Reasons; lines: readonly string[] }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const money = useMoney();
  const name = (place: number) => {
    const one = reasons.promotions[place];
    return one?.name || one?.labels[locale] || "–";
  };
  const line = (place: number) => lines[place] ?? String(place + 1);
  const said: [string, string][] = [
    ...reasons.fired.map((one, at): [string, string] => [
      `fired ${at}`,
      `${t("promotion.why.fired", { promotion: name(one.promotion), line: line(one.line), amount: money.amount(one.gave_minor) })} (${t("promotion.why.units", { count: one.units })})`,
    ]),
    ...reasons.gifts.map((one, at): [string, string] => [
      `gift ${at}`,
      one.missing > 0 ? `${name(one.promotion)}: ${t("promotion.try.missing", { count: one.missing })}` : t("promotion.why.gift", { promotion: name(one.promotion) }),
    ]),
    ...reasons.points.map((one, at): [string, string] => [`points ${at}`, t("promotion.why.points", { promotion: name(one.promotion), count: one.points })]),
    ...reasons.shipping.map((one, at): [string, string] => [`shipping ${at}`, t("promotion.why.shipping", { promotion: name(one.promotion), amount: money.amount(one.gave_minor) })]),
    ...reasons.beaten.map((one, at): [string, string] => [
      `beaten ${at}`,
      t("promotion.why.beaten", { promotion: name(one.promotion), line: line(one.line), by: name(one.by), amount: money.amount(one.would_minor) }),
    ]),
    ...reasons.near.map((one, at): [string, string] => [
      `near ${at}`,
      typeof one.amount_minor === "number"
        ? t("promotion.why.amount", { promotion: name(one.promotion), amount: money.amount(one.amount_minor) })
        : t("promotion.why.part", { promotion: name(one.promotion), count: one.units ?? 0 }),
    ]),
    ...reasons.exhausted.map((one, at): [string, string] => [`exhausted ${at}`, t("promotion.why.exhausted", { promotion: name(one.promotion) })]),
    ...(reasons.search === "bounded" ? ([["bounded", t("promotion.why.bounded")]] as [string, string][]) : []),
  ];
  if (said.length === 0) return <p className="text-soft">{t("promotion.try.nothing")}</p>;
  return (
    <ul aria-label={t("promotion.why.title")} className="flex list-disc flex-col gap-1 pl-5">
      {said.map(([key, text]) => (
        <li key={key}>{text}</li>
      ))}
    </ul>
  );
}
