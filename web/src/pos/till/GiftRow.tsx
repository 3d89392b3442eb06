import { Gift } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { QuoteLine, Reasons } from "../../api/edge";
import { useMoney } from "../../format/CurrencyContext";
import { formatQuantity } from "../../format/quantity";
import { useLocale } from "../../i18n/useLocale";
import { giftOn } from "../../ui/reasons";

/** A line that a promotion has added; it goes when its cause goes. */
export function GiftRow({ quoted, reasons, onWhy }: { quoted: QuoteLine; reasons: Reasons | null | undefined; onWhy: (line: number) => void }) {
  const { t } = useTranslation("station");
  const money = useMoney();
  const locale = useLocale();
  const name = giftOn(reasons, quoted.line, locale);
  return (
    <li className="bg-pine-wash py-1 pr-4 pl-5">
      <button type="button" onClick={() => onWhy(quoted.line)} className="flex min-h-12 w-full items-center gap-3 text-left">
        <Gift aria-hidden className="size-5 shrink-0 text-pine" />
        <span className="min-w-0 flex-1">
          <span className="block leading-snug font-medium wrap-anywhere">
            {formatQuantity(quoted.quantity, quoted.unit, locale)} × {quoted.name}
          </span>
          <span className="block text-sm text-pine">{t("why.giftOf", { name })}</span>
        </span>
        <span className="shrink-0 text-lg font-semibold">{money.amount(quoted.total_minor)}</span>
      </button>
    </li>
  );
}
