import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useMoney } from "../../format/CurrencyContext";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { denominationsOf, worth } from "./denominations";

/** How many of each note and coin; the sum becomes the count. */
export function DenominationCount({ onCounted, onClose }: { onCounted: (minor: number) => void; onClose: () => void }) {
  const { t } = useTranslation("station");
  const money = useMoney();
  const [counts, setCounts] = useState<Record<number, number>>({});
  const total = worth(counts);
  return (
    <Dialog title={t("shift.denominations")} onClose={onClose}>
      <div className="grid grid-cols-2 gap-x-4 gap-y-2">
        {denominationsOf(money.currency.code).map((value) => (
          <label key={value} className="flex items-center justify-between gap-3">
            <span className="font-medium">{money.amount(value)}</span>
            <input
              aria-label={t("shift.denomination", { value: money.amount(value) })}
              inputMode="numeric"
              autoComplete="off"
              placeholder="0"
              value={counts[value] ?? ""}
              onChange={(event) => {
                const text = event.target.value;
                if (/^\d{0,5}$/.test(text)) setCounts({ ...counts, [value]: Number(text) });
              }}
              className="min-h-12 w-20 rounded-field border border-edge bg-surface px-3 text-right text-lg"
            />
          </label>
        ))}
      </div>
      <Button kind="primary" size="large" className="mt-5 w-full" onClick={() => onCounted(total)}>
        {money.amount(total)}
      </Button>
    </Dialog>
  );
}
