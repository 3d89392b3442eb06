import { ChevronDown, Gift } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { components } from "../../api/cloud.gen";
import { useMoney } from "../../format/CurrencyContext";
import { useLocale } from "../../i18n/useLocale";
import { Card } from "../ui/PageHead";
import { givenBy, promotedLines, promotionName, type PromotedLine } from "./reasons";

type Reasons = components["schemas"]["Reasons"];
type Near = Reasons["near"][number];

interface ReasonsCardProps {
  lines: { name: string }[];
  reasons: Reasons;
}

/** What promotions gave on each line; one tap on a line says why. */
export function ReasonsCard({ lines, reasons }: ReasonsCardProps) {
  const { t } = useTranslation("office");
  const money = useMoney();
  const nameOf = useNameOf(reasons);
  const told = promotedLines(lines.map((line) => line.name), reasons);
  const given = givenBy(reasons);
  return (
    <Card title={t("reasons.title")} className="max-w-2xl">
      <div className="space-y-3 px-5 pb-5">
        {given.length === 0 && <p className="text-soft">{t("reasons.nothing")}</p>}
        {given.length > 0 && (
          <dl className="divide-y divide-line">
            {given.map(({ promotion, gaveMinor }) => (
              <div key={promotion} className="flex justify-between gap-4 py-2">
                <dt className="min-w-0 font-medium wrap-anywhere">{nameOf(promotion)}</dt>
                <dd className="shrink-0 tabular-nums">{money.amount(-gaveMinor)}</dd>
              </div>
            ))}
          </dl>
        )}
        {told.map((line) => (
          <LineReasons key={line.place} line={line} reasons={reasons} />
        ))}
        <Rest reasons={reasons} />
      </div>
    </Card>
  );
}

function useNameOf(reasons: Reasons) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  return (place: number) => promotionName(reasons.promotions[place], locale) || t("reasons.unknown");
}

/** A line, closed: what came off; open: which promotions, how many units each used, and what they beat. */
function LineReasons({ line, reasons }: { line: PromotedLine; reasons: Reasons }) {
  const { t } = useTranslation("office");
  const money = useMoney();
  const nameOf = useNameOf(reasons);
  return (
    <details className="group rounded-field border border-line">
      <summary className="flex min-h-12 cursor-pointer list-none items-center gap-3 px-4 py-2">
        {line.giftOf !== undefined && <Gift aria-hidden className="size-5 shrink-0 text-soft" />}
        <span className="min-w-0 flex-1 wrap-anywhere">{line.name}</span>
        {line.gaveMinor !== 0 && <span className="shrink-0 tabular-nums">{money.amount(-line.gaveMinor)}</span>}
        <ChevronDown aria-hidden className="size-5 shrink-0 text-soft group-open:rotate-180" />
      </summary>
      <ul className="space-y-2 border-t border-line px-4 py-3">
        {line.giftOf !== undefined && <li>{t("reasons.gift", { name: nameOf(line.giftOf) })}</li>}
        {line.fired.map((one) => (
          <li key={one.promotion} className="flex justify-between gap-4">
            <span className="min-w-0 wrap-anywhere">
              {nameOf(one.promotion)}
              <span className="block text-sm text-soft">
                {t("reasons.used", { count: one.units })} · {t("reasons.version", { version: reasons.promotions[one.promotion]?.version })}
              </span>
            </span>
            <span className="shrink-0 tabular-nums">{money.amount(-one.gave_minor)}</span>
          </li>
        ))}
        {line.beaten.map((one) => (
          <li key={`${one.promotion} ${one.by}`} className="text-soft">
            {t("reasons.beaten", { name: nameOf(one.promotion), amount: money.amount(one.would_minor), by: nameOf(one.by) })}
          </li>
        ))}
      </ul>
    </details>
  );
}

/** What belongs to no line: what nearly applied, has run out, or could not be given. */
function Rest({ reasons }: { reasons: Reasons }) {
  const { t } = useTranslation("office");
  const money = useMoney();
  const nameOf = useNameOf(reasons);
  const near = (one: Near) => {
    const name = nameOf(one.promotion);
    if (one.amount_minor !== undefined && one.amount_minor !== null) {
      return t("reasons.nearAmount", { name, amount: money.amount(one.amount_minor) });
    }
    return t(one.kind === "tier" ? "reasons.nearTier" : "reasons.nearUnits", { name, count: one.units ?? 0 });
  };
  const rest = [
    ...reasons.gifts.filter((gift) => gift.missing > 0).map((gift) => t("reasons.missing", { name: nameOf(gift.promotion), count: gift.missing })),
    ...reasons.points.map((one) => t("reasons.points", { name: nameOf(one.promotion), count: one.points })),
    ...reasons.near.map(near),
    ...reasons.exhausted.map((one) => t("reasons.exhausted", { name: nameOf(one.promotion) })),
    ...(reasons.search === "bounded" ? [t("reasons.bounded")] : []),
  ];
  if (rest.length === 0) return null;
  return (
    <ul className="list-disc space-y-1 pl-5 text-sm text-soft">
      {[...new Set(rest)].map((text) => (
        <li key={text}>{text}</li>
      ))}
    </ul>
  );
}
