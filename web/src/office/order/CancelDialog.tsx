import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Order } from "../../api/cloud";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Refusal } from "../../ui/states";
import { TextField } from "../ui/TextField";
import { cancelOrder } from "./queries";

/** A paid order ends only when the branch has answered: it may have been picked already. */
export function CancelDialog({ order, onClose }: { order: Order; onClose: () => void }) {
  const { t } = useTranslation("office");
  const client = useQueryClient();
  const [reason, setReason] = useState("");
  const cancel = useMutation({
    mutationFn: () => cancelOrder(order.id, reason.trim()),
    onSuccess: onClose,
    onSettled: () => {
      for (const key of ["order", "orders"]) void client.invalidateQueries({ queryKey: [key] });
    },
  });
  return (
    <Dialog title={t("orders.cancel")} description={t(order.state === "held" ? "orders.cancelHeld" : "orders.cancelClaimed")} onClose={onClose} isBusy={cancel.isPending}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (reason.trim()) cancel.mutate();
        }}
      >
        <TextField label={t("orders.reason")} value={reason} onChange={setReason} isFirst />
        <Refusal error={cancel.error} />
        <Button type="submit" kind="danger" size="large" disabled={cancel.isPending} blocked={reason.trim() ? null : t("reason.missing")}>
          {t("orders.cancel")}
        </Button>
      </form>
    </Dialog>
  );
}
