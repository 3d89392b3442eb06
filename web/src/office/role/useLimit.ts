import { useTranslation } from "react-i18next";

import type { RolePermission } from "../../api/cloud";
import { useMoney } from "../../format/CurrencyContext";
import { useLocale } from "../../i18n/useLocale";

type Limits = Pick<RolePermission, "max_bps" | "max_minor">;

/** `up to 10 %`; nothing when there is no limit. */
export function useLimit(): (limits: Limits) => string {
  const { t } = useTranslation("office");
  const money = useMoney();
  const percent = new Intl.NumberFormat(useLocale(), { style: "percent", maximumFractionDigits: 2 });
  return ({ max_bps, max_minor }) => {
    if (typeof max_bps === "number") return t("roles.upTo", { limit: percent.format(max_bps / 10_000) });
    return typeof max_minor === "number" ? t("roles.upTo", { limit: money.amount(max_minor) }) : "";
  };
}
