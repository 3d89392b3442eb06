import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { StockDetail } from "../../api/cloud";
import { newId } from "../../api/id";
import { parseEntry } from "../../format/entry";
import { formatQuantity, quantityDigits, unitLabel } from "../../format/quantity";
import { useLocale } from "../../i18n/useLocale";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { EntryField } from "../../ui/EntryField";
import { Refusal } from "../../ui/states";
import { AskedNote } from "../approval/AskedNote";
import { putCount } from "./queries";

interface CountDialogProps {
  detail: StockDetail;
  at: StockDetail["locations"][number];
  branch: string;
  onClose: () => void;
}

/** What was counted at a branch. Its computer takes it over; a large write-off needs a second person. */
export function CountDialog({ detail, at, branch, onClose }: CountDialogProps) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const client = useQueryClient();
  const [id, setId] = useState(newId);
  const [entry, setEntry] = useState("");
  // An empty shelf is a count too.
  const quantity = parseEntry(entry, quantityDigits(detail.unit));
  const count = useMutation({
    mutationFn: (counted: number) => putCount(at.location_id, id, detail.variant_id, counted),
    onSuccess: ({ state }) => {
      for (const key of ["stock", "stock-of", "stock-history", "approvals"]) void client.invalidateQueries({ queryKey: [key] });
      if (state === "done") onClose();
    },
  });
  const title = t("stock.countTitle", { branch });
  if (count.data) {
    return (
      <Dialog title={title} onClose={onClose}>
        {count.data.state === "asked" ? (
          <AskedNote />
        ) : (
          <p role="status" className="rounded-field bg-pine-wash px-3 py-2.5 font-medium text-pine">
            {t("stock.countSent")}
          </p>
        )}
      </Dialog>
    );
  }
  const type = (text: string) => {
    setEntry(text);
    // Another figure is another count.
    setId(newId());
  };
  const send = () => {
    if (quantity !== null && !count.isPending) count.mutate(quantity);
  };
  return (
    <Dialog
      title={title}
      description={t("stock.countHint", { on_hand: formatQuantity(at.on_hand, detail.unit, locale) })}
      onClose={onClose}
      isBusy={count.isPending}
    >
      <div className="flex flex-col gap-4">
        <EntryField
          label={t("quantity", { ns: "common" })}
          entry={entry}
          onChange={type}
          digits={quantityDigits(detail.unit)}
          unit={unitLabel(detail.unit, locale)}
          onEnter={send}
          isActive
        />
        <Refusal error={count.error} />
        <Button kind="primary" size="large" disabled={count.isPending} blocked={quantity === null ? t("stock.giveEnter") : null} onClick={send}>
          {t("stock.countSave")}
        </Button>
      </div>
    </Dialog>
  );
}
