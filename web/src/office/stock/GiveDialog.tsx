import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { StockDetail } from "../../api/cloud";
import { newId } from "../../api/id";
import { formatQuantity, parseQuantity, quantityDigits, unitLabel } from "../../format/quantity";
import { useLocale } from "../../i18n/useLocale";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { EntryField } from "../../ui/EntryField";
import { Refusal } from "../../ui/states";
import { giveRights } from "./queries";

interface GiveDialogProps {
  detail: StockDetail;
  at: StockDetail["locations"][number];
  branch: string;
  onClose: () => void;
}

/** Units of the online pool become the shop's to sell. They are nobody's until the branch has confirmed. */
export function GiveDialog({ detail, at, branch, onClose }: GiveDialogProps) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const client = useQueryClient();
  const [id] = useState(newId);
  const [entry, setEntry] = useState("");
  const quantity = parseQuantity(entry, detail.unit);
  const give = useMutation({
    mutationFn: (given: number) => giveRights(at.location_id, id, detail.variant_id, given),
    onSuccess: () => {
      for (const key of ["stock", "stock-of", "stock-history"]) void client.invalidateQueries({ queryKey: [key] });
      onClose();
    },
  });
  const show = (units: number) => formatQuantity(units, detail.unit, locale);
  const missing = () => {
    if (quantity === null) return t("stock.giveEnter");
    return quantity > at.available ? t("stock.giveTooMuch", { available: show(at.available) }) : null;
  };
  const send = () => {
    if (quantity !== null && missing() === null && !give.isPending) give.mutate(quantity);
  };
  return (
    <Dialog title={t("stock.giveTitle", { branch })} description={t("stock.giveHint", { available: show(at.available) })} onClose={onClose} isBusy={give.isPending}>
      <div className="flex flex-col gap-4">
        <EntryField
          label={t("quantity", { ns: "common" })}
          entry={entry}
          onChange={setEntry}
          digits={quantityDigits(detail.unit)}
          unit={unitLabel(detail.unit, locale)}
          onEnter={send}
          isActive
        />
        <Refusal error={give.error} />
        <Button kind="primary" size="large" disabled={give.isPending} blocked={missing()} onClick={send}>
          {t("stock.give")}
        </Button>
      </div>
    </Dialog>
  );
}
