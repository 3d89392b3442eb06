import { createContext, use, useMemo } from "react";

import { useLocale } from "../i18n/useLocale";
import { formatAmount, formatCompact, formatDecimal, type Currency } from "./amount";

/** The company's base currency, as the server names it. */
export const CurrencyContext = createContext<Currency>({ code: "USD", exponent: 2 });

/** Money in the words of the reader. */
export function useMoney() {
  const currency = use(CurrencyContext);
  const locale = useLocale();
  return useMemo(
    () => ({
      currency,
      amount: (minor: number) => formatAmount(minor, currency, locale),
      compact: (minor: number) => formatCompact(minor, currency, locale),
      decimal: (major: string) => formatDecimal(major, currency, locale),
    }),
    [currency, locale],
  );
}
