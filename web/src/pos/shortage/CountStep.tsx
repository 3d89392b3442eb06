import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Shortage } from "../../api/edge";
import { formatQuantity, isMeasured, parseQuantity, quantityDigits, unitLabel } from "../../format/quantity";
import { useLocale } from "../../i18n/useLocale";
import { Button } from "../../ui/Button";
import { EntryField } from "../../ui/EntryField";
import { NumberPad } from "../../ui/NumberPad";
import { useItemScan } from "./FoundStep";

interface CountStepProps {
  shortage: Shortage;
  isBusy: boolean;
  onCounted: (counted: number) => void;
  onSkip: () => void;
}

/** One number; the edge judges whether it proves that the unit is free. Each scan of the item counts one more. */
export function CountStep({ shortage, isBusy, onCounted, onSkip }: CountStepProps) {
  const { t } = useTranslation("station");
  const locale = useLocale();
  const [entry, setEntry] = useState("");
  const { unit } = shortage;
  const digits = quantityDigits(unit);
  const counted = parseQuantity(entry, unit);
  const isOther = useItemScan(shortage, () => {
    if (!isMeasured(unit)) setEntry((typed) => String((parseQuantity(typed, unit) ?? 0) + 1));
  });
  const check = () => {
    if (counted !== null && !isBusy) onCounted(counted);
  };
  const show = (quantity: number) => formatQuantity(quantity, unit, locale);
  return (
    <div className="grid gap-5 sm:grid-cols-2">
      <div className="flex flex-col gap-3">
        <p className="text-soft">{t(shortage.claim_bound > 0 ? "shortage.count.lead" : "shortage.count.leadAside", { rights: show(shortage.rights), claimed: show(shortage.claim_bound) })}</p>
        <p className="text-xl leading-snug font-semibold text-balance">{t(isMeasured(unit) ? "shortage.count.measured" : "shortage.count.question")}</p>
        {shortage.elsewhere > 0 && <p className="rounded-field bg-amber-wash px-3 py-2.5 text-amber">{t("shortage.count.label")}</p>}
        {isOther && (
          <p role="status" className="font-medium text-amber">
            {t("shortage.otherScan")}
          </p>
        )}
        <Button kind="quiet" className="mt-auto self-start" disabled={isBusy} onClick={onSkip}>
          {t("shortage.count.skip")}
        </Button>
      </div>
      <div className="flex flex-col gap-3">
        <EntryField
          label={t(isMeasured(unit) ? "stock.countedMeasure" : "stock.countedLabel")}
          entry={entry}
          onChange={setEntry}
          digits={digits}
          unit={unitLabel(unit, locale)}
          onEnter={check}
          isActive
        />
        <NumberPad entry={entry} onChange={setEntry} digits={digits} onEnter={check} />
        <Button kind="primary" size="large" disabled={isBusy} blocked={counted === null ? t("shortage.count.enter") : null} onClick={check}>
          {t("shortage.count.check")}
        </Button>
      </div>
    </div>
  );
}
