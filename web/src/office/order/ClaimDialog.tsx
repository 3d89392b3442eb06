import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Order } from "../../api/cloud";
import { useMoney } from "../../format/CurrencyContext";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Refusal } from "../../ui/states";
import { TextField } from "../ui/TextField";
import { claimOrder } from "./queries";

/** The payment has come: from now on the branch is told to pick. */
export function ClaimDialog({ order, onClose }: { order: Order; onClose: () => void }) {
  const { t } = useTranslation("office");
  const money = useMoney();
  const client = useQueryClient();
  const [payment, setPayment] = useState("");
  const claim = useMutation({
    mutationFn: () => claimOrder(order.id, payment.trim()),
    onSuccess: onClose,
    onSettled: () => {
      for (const key of ["order", "orders"]) void client.invalidateQueries({ queryKey: [key] });
    },
  });
  return (
    <Dialog title={t("orders.claim")} description={t("orders.claimHint", { amount: money.amount(order.total_minor) })} onClose={onClose} isBusy={claim.isPending}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (payment.trim()) claim.mutate();
        }}
      >
        <TextField label={t("orders.payment")} value={payment} onChange={setPayment} isFirst />
        <Refusal error={claim.error} />
        <Button type="submit" kind="primary" size="large" disabled={claim.isPending} blocked={payment.trim() ? null : t("orders.paymentMissing")}>
          {t("orders.claim")}
        </Button>
      </form>
    </Dialog>
  );
}
