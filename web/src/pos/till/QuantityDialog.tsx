import { useState } from "react";
import { useTranslation } from "react-i18next";

import { parseQuantity, quantityDigits, typedQuantity, unitLabel } from "../../format/quantity";
import { useLocale } from "../../i18n/useLocale";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { EntryField } from "../../ui/EntryField";
import { NumberPad } from "../../ui/NumberPad";
import type { Line } from "./basket";

interface QuantityDialogProps {
  variant: Line["variant"];
  quantity?: number;
  onSave: (quantity: number) => void;
  onClose: () => void;
}

/** How many, or how much: typed in pieces, kilograms, litres or metres. */
export function QuantityDialog({ variant, quantity, onSave, onClose }: QuantityDialogProps) {
  const { t } = useTranslation("station");
  const locale = useLocale();
  const [entry, setEntry] = useState(() => (quantity === undefined ? "" : typedQuantity(quantity, variant.unit)));
  const [isFresh, setFresh] = useState(true);
  const digits = quantityDigits(variant.unit);
  const parsed = parseQuantity(entry, variant.unit);
  const save = () => parsed !== null && onSave(parsed);
  // The first key replaces what was there, as on a pocket calculator.
  const type = (next: string) => {
    setEntry(isFresh && next.startsWith(entry) ? next.slice(entry.length) : next);
    setFresh(false);
  };
  return (
    <Dialog title={variant.name} onClose={onClose}>
      <div className="flex flex-col gap-4">
        <EntryField
          label={t("basket.quantityTitle")}
          entry={entry}
          onChange={type}
          digits={digits}
          unit={unitLabel(variant.unit, locale)}
          onEnter={save}
          isActive
        />
        <NumberPad entry={entry} onChange={type} digits={digits} onEnter={save} />
        <Button kind="primary" size="large" blocked={parsed === null ? t("basket.tooMuch") : null} onClick={save}>
          {t("save", { ns: "common" })}
        </Button>
      </div>
    </Dialog>
  );
}
