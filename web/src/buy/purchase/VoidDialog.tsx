import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { PurchaseTicket } from "../../api/edge";
import { newId } from "../../api/id";
import { insist } from "../../api/insist";
import { useMoney } from "../../format/CurrencyContext";
import { confirmSeq } from "../../station/queries";
import { useShift } from "../../station/StationContext";
import { Flow } from "./Flow";
import { purchaseById, voidPurchase } from "./queries";
import { TakeBack } from "./TakeBack";

/** A purchase is taken back whole. */
export function VoidDialog({ ticket, onClose }: { ticket: PurchaseTicket; onClose: () => void }) {
  const { t } = useTranslation("station");
  const money = useMoney();
  const shift = useShift();
  const client = useQueryClient();
  const [id] = useState(newId);
  return (
    <TakeBack
      title={t("reversal.voidTitle", { number: ticket.ticket_number })}
      description={t("reversal.voidHint")}
      action={t("reversal.void")}
      send={(reason, approval) => insist(() => voidPurchase(ticket.id, id, { shift_id: shift.id, reason, approval }), () => undefined)}
      onDone={(voided) => {
        confirmSeq(client, voided.seq);
        client.setQueryData(purchaseById(ticket.id).queryKey, voided);
        void client.invalidateQueries({ queryKey: ["purchases"] });
        onClose();
      }}
      onClose={onClose}
    >
      {ticket.payment.kind === "cash" ? (
        <Flow label={t("reversal.cashBack")} amount={money.amount(ticket.total_minor)} />
      ) : (
        <Flow label={t("reversal.accountBack")} amount={money.amount(ticket.total_minor)} />
      )}
    </TakeBack>
  );
}
