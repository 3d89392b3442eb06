import { useTranslation } from "react-i18next";

import type { SaleReturn } from "../../api/cloud";
import { useMoney } from "../../format/CurrencyContext";
import { formatQuantity } from "../../format/quantity";
import { formatInstant } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { Card } from "../ui/PageHead";
import { useReason } from "./useReason";

interface CameBackProps {
  returns: SaleReturn[];
  lines: { line: number; name: string; unit: string; quantity: number; returned_quantity: number }[];
  timeZone: string | undefined;
}

/** What came back of a sale: how much of which line, and each return. */
export function CameBack({ returns, lines, timeZone }: CameBackProps) {
  const { t } = useTranslation("office");
  const money = useMoney();
  const locale = useLocale();
  const why = useReason();
  const back = lines.filter(({ returned_quantity }) => returned_quantity > 0);
  return (
    <Card title={t("returns.cameBack")} className="max-w-2xl">
      <ul className="divide-y divide-line px-5">
        {back.map(({ line, name, unit, quantity, returned_quantity }) => (
          <li key={line} className="flex justify-between gap-4 py-2">
            <span className="min-w-0 wrap-anywhere">{name}</span>
            <span className={returned_quantity > quantity ? "shrink-0 font-semibold text-amber" : "shrink-0"}>
              {formatQuantity(returned_quantity, unit, locale)} / {formatQuantity(quantity, unit, locale)}
            </span>
          </li>
        ))}
      </ul>
      <ul className="divide-y divide-line border-t border-line px-5 pb-2">
        {returns.map((returned) => (
          <li key={returned.id} className="flex justify-between gap-4 py-2.5">
            <span className="min-w-0">
              <span className="block font-medium">
                {returned.receipt_number} · {formatInstant(returned.returned_at, locale, timeZone)}
              </span>
              <span className="block text-sm wrap-anywhere text-soft">
                {[why(returned), returned.staff, returned.approved_by && t("returns.with", { name: returned.approved_by })].filter(Boolean).join(" · ")}
              </span>
            </span>
            <span className="shrink-0 font-semibold">{money.amount(-returned.total_minor)}</span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
