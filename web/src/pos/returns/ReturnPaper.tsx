import { useTranslation } from "react-i18next";

import type { Receipt, SaleReturn } from "../../api/edge";
import { useMoney } from "../../format/CurrencyContext";
import { formatQuantity } from "../../format/quantity";
import { formatInstant } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { PaperFigure, PaperHead, PaperRoll } from "../../ui/PaperRoll";
import type { REASONS } from "./RefundPanel";
import { useLost } from "./useLost";

interface ReturnPaperProps {
  returned: SaleReturn;
  location: Receipt["location"];
  timeZone: string | undefined;
}

/** What the customer takes away who has brought goods back. */
export function ReturnPaper({ returned, location, timeZone }: ReturnPaperProps) {
  const { t } = useTranslation(["station", "common"]);
  const money = useMoney();
  const locale = useLocale();
  const say = useLost();
  const reason = t(`returns.reason.${returned.reason as (typeof REASONS)[number]}`, { defaultValue: returned.reason });
  return (
    <PaperRoll label={t("returns.paper", { number: returned.receipt_number })}>
      <PaperHead name={location.name}>
        {location.address && <p>{location.address}</p>}
        <p className="font-semibold">{t("returns.paper", { number: returned.receipt_number })}</p>
        <p>{t("returns.of", { number: returned.sale_number })}</p>
        <p>{formatInstant(returned.returned_at, locale, timeZone)}</p>
        <p>
          {returned.register.name} · {t("soldBy", { ns: "common", name: returned.staff })}
        </p>
        {returned.approved_by && <p>{t("cash.with", { name: returned.approved_by })}</p>}
        <p>{[reason, returned.note].filter(Boolean).join(" · ")}</p>
      </PaperHead>
      <ul className="space-y-1.5 border-b border-dashed border-edge py-3">
        {returned.lines.map((line, at) => (
          // The same line of the sale may stand here twice, sellable and damaged; the order of lines never changes.
          // oxlint-disable-next-line react/no-array-index-key
          <li key={at}>
            <span className="flex justify-between gap-3">
              <span className="min-w-0 wrap-anywhere">{line.name}</span>
              <span className="shrink-0">{money.amount(-line.total_minor)}</span>
            </span>
            <span className="block text-sm text-soft">
              {line.quantity === 0 ? t("returns.before") : formatQuantity(line.quantity, line.unit, locale)}
              {line.condition === "damaged" && ` · ${t("returns.damaged")}`}
            </span>
          </li>
        ))}
      </ul>
      <dl className="space-y-1 py-3">
        {returned.lost.map((lost) => (
          <PaperFigure key={lost.promotion_id} isQuiet name={say(lost)} value={money.amount(lost.amount_minor)} />
        ))}
        {returned.charged.map(({ line, name, amount_minor }) => (
          <PaperFigure key={line} isQuiet name={t("returns.gift", { name })} value={money.amount(amount_minor)} />
        ))}
        <PaperFigure isStrong name={t("returns.refund")} value={money.amount(-returned.total_minor)} />
        {returned.tenders.map(({ kind, amount_minor }) => (
          <PaperFigure key={kind} name={t(`tender.${kind}`, { ns: "common" })} value={money.amount(-amount_minor)} />
        ))}
      </dl>
    </PaperRoll>
  );
}
