import { clsx } from "clsx";
import { useTranslation } from "react-i18next";

import { useMoney } from "../../format/CurrencyContext";

/** Counted less expected: missing money is red, too much is amber. */
export function Difference({ minor }: { minor: number | null | undefined }) {
  const { t } = useTranslation("office");
  const money = useMoney();
  if (minor === null || minor === undefined) return <span className="text-faint">–</span>;
  if (minor === 0) return <span className="font-medium text-pine">{t("cash.exact")}</span>;
  return <span className={clsx("font-semibold", minor > 0 ? "text-amber" : "text-rust")}>{money.amount(minor)}</span>;
}
