import { useTranslation } from "react-i18next";

import type { StockAccounts } from "../../api/cloud";
import { formatQuantity } from "../../format/quantity";
import { useLocale } from "../../i18n/useLocale";
import { partOf, PARTS } from "./accounts";

/** Stock by whose it is, as one bar; with `most`, its length tells how much there is beside the fullest. */
export function AccountBar({ accounts, unit, most }: { accounts: StockAccounts; unit: string; most?: number }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const parts = PARTS.map(({ name, color }) => ({ name, color, quantity: Math.max(0, partOf(accounts, name)) })).filter(({ quantity }) => quantity > 0);
  const whole = parts.reduce((total, { quantity }) => total + quantity, 0);
  const label = parts.map(({ name, quantity }) => `${t(`stock.accounts.${name}`)} ${formatQuantity(quantity, unit, locale)}`).join(", ");
  const share = most && most > 0 ? Math.min(1, whole / most) : 1;
  return (
    <div role="img" aria-label={label || t("stock.nothing")} title={label} className="flex h-4 w-full overflow-hidden rounded-full bg-sunken">
      <span className="flex h-full overflow-hidden rounded-full transition-[width] duration-300" style={{ width: whole === 0 ? 0 : `${Math.max(share * 100, 2)}%` }}>
        {parts.map(({ name, color, quantity }) => (
          <span key={name} className={`${color} h-full min-w-1 transition-[flex-grow] duration-300`} style={{ flexGrow: quantity }} />
        ))}
      </span>
    </div>
  );
}

export function AccountLegend() {
  const { t } = useTranslation("office");
  return (
    <ul className="mb-3 flex flex-wrap gap-x-5 gap-y-1 text-sm text-soft">
      {PARTS.map(({ name, color }) => (
        <li key={name} className="flex items-center gap-2">
          <span aria-hidden className={`size-3 rounded-xs ${color}`} />
          {t(`stock.accounts.${name}`)}
        </li>
      ))}
    </ul>
  );
}
