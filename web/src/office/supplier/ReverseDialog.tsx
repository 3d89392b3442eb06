import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { SupplierEntry } from "../../api/cloud";
import { useMoney } from "../../format/CurrencyContext";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Refusal } from "../../ui/states";
import { TextField } from "../ui/TextField";
import { forgetAccounts, reverseDocument } from "./queries";

interface ReverseDialogProps {
  supplier: string;
  entry: SupplierEntry;
  /** It is reversed: what was said of it holds no longer. */
  onDone: () => void;
  onClose: () => void;
}

/** Takes a document back by another one: both stay in the account. */
export function ReverseDialog({ supplier, entry, onDone, onClose }: ReverseDialogProps) {
  const { t } = useTranslation("office");
  const money = useMoney();
  const client = useQueryClient();
  const [reason, setReason] = useState("");
  const reversing = useMutation({
    mutationFn: () => reverseDocument(supplier, entry.id, entry.location_id ?? null, reason.trim()),
    onSuccess: () => {
      forgetAccounts(client);
      onDone();
      onClose();
    },
  });
  const what = t(`supplierAccount.kind.${entry.kind as "payment"}`, { defaultValue: entry.kind });
  return (
    <Dialog
      title={t("supplierAccount.reverseThis", { what, amount: money.amount(entry.amount_minor) })}
      description={t("supplierAccount.reverseHint")}
      onClose={onClose}
      isBusy={reversing.isPending}
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (reason.trim() && !reversing.isPending) reversing.mutate();
        }}
      >
        <TextField label={t("supplierAccount.reason")} value={reason} onChange={setReason} isFirst />
        <Refusal error={reversing.error} />
        <Button type="submit" kind="danger" size="large" disabled={reversing.isPending} blocked={reason.trim() ? null : t("reason.missing")}>
          {t("supplierAccount.reverse")}
        </Button>
      </form>
    </Dialog>
  );
}
