import { useTranslation } from "react-i18next";

import { useMoney } from "../../format/CurrencyContext";
import { Chip } from "../ui/Chip";

/** What is owed; what was paid in advance says so. */
export function Owed({ minor }: { minor: number }) {
  const { t } = useTranslation("office");
  const money = useMoney();
  return (
    <span className="inline-flex items-center justify-end gap-2 font-semibold whitespace-nowrap">
      {minor < 0 && <Chip tone="warn">{t("supplierAccount.advance")}</Chip>}
      {money.amount(minor)}
    </span>
  );
}
