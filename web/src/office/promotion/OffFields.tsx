import { useTranslation } from "react-i18next";

import type { OffText } from "./effect";
import { Field, MoneyField, Options } from "./Fields";

const KINDS = ["free", "percent", "amount", "price"] as const;

/** How much is taken off: free, a percent, an amount, or a price that remains. */
export function OffFields({ off, field, onChange }: { off: OffText; field: string; onChange: (off: OffText) => void }) {
  const { t } = useTranslation("office");
  const Value = off.kind === "percent" ? Field : MoneyField;
  return (
    <div className="flex flex-col gap-3">
      <Options
        label={t("promotion.field.offKind")}
        value={off.kind}
        options={KINDS.map((kind) => [kind, t(`promotion.field.offKinds.${kind}`)] as const)}
        // A number of percent is no amount of money.
        onChange={(kind) => onChange({ kind, value: kind === off.kind ? off.value : "" })}
      />
      {off.kind !== "free" && (
        <Value label={t(`promotion.field.${off.kind}`)} field={field} value={off.value} {...(off.kind === "percent" && { unit: "%" })} onChange={(value) => onChange({ ...off, value })} />
      )}
    </div>
  );
}
