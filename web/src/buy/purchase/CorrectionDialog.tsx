import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import type { NewPurchase } from "../../api/edge";
import { insist } from "../../api/insist";
import { useMoney } from "../../format/CurrencyContext";
import { confirmSeq } from "../../station/queries";
import { useShift } from "../../station/StationContext";
import { useDraft } from "./DraftContext";
import { Flow } from "./Flow";
import { correctPurchase } from "./queries";
import { TakeBack } from "./TakeBack";
import { cashDue, toLines, type Corrected } from "./ticket";

interface CorrectionDialogProps {
  corrects: Corrected;
  payment: NewPurchase["payment"];
  onClose: () => void;
}

/** The ticket as it should have been stands in the place of another; the difference passes the counter. */
export function CorrectionDialog({ corrects, payment, onClose }: CorrectionDialogProps) {
  const { t } = useTranslation("station");
  const money = useMoney();
  const shift = useShift();
  const client = useQueryClient();
  const { draft, finish } = useDraft();
  const due = cashDue(corrects.payment, payment);
  const document = draft.document.trim();
  const purchase = {
    shift_id: shift.id,
    supplier_id: draft.supplier?.id ?? "",
    ...(document && { supplier_document: document }),
    lines: toLines(draft),
    payment,
  };
  return (
    <TakeBack
      title={t("reversal.correctTitle", { number: corrects.number })}
      description={t("reversal.correctHint")}
      action={t("reversal.correct")}
      send={(reason, approval) => insist(() => correctPurchase(corrects.id, draft.purchase, { purchase, reason, approval }), () => undefined)}
      onDone={(ticket) => {
        confirmSeq(client, ticket.seq);
        void client.invalidateQueries({ queryKey: ["purchase", corrects.id] });
        void client.invalidateQueries({ queryKey: ["purchases"] });
        onClose();
        finish({ ticket, wasRecorded: false });
      }}
      onClose={onClose}
    >
      <div className="flex flex-col gap-2">
        <Flow label={t("reversal.before")} amount={money.amount(corrects.payment.amount_minor)} />
        <Flow label={t("reversal.after")} amount={money.amount(payment.amount_minor)} />
        {due !== 0 && <Flow label={t(due < 0 ? "reversal.cashBack" : "reversal.cashOut")} amount={money.amount(Math.abs(due))} />}
      </div>
    </TakeBack>
  );
}
