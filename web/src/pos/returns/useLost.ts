import { useTranslation } from "react-i18next";

import type { ReturnQuote } from "../../api/edge";
import { useLocale } from "../../i18n/useLocale";

/** What a discount is called that kept goods lose, as receipts call it in this language. */
export function useLost(): (lost: ReturnQuote["lost"][number]) => string {
  const { t } = useTranslation("station");
  const locale = useLocale();
  return ({ name, labels }) => {
    const called = labels[locale.slice(0, 2)] ?? name;
    return called ? t("returns.lostNamed", { name: called }) : t("returns.lost");
  };
}
