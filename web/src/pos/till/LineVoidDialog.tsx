import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { SecondWord } from "../../api/edge";
import { newId } from "../../api/id";
import { insist } from "../../api/insist";
import { formatQuantity } from "../../format/quantity";
import { useLocale } from "../../i18n/useLocale";
import { confirmSeq } from "../../station/queries";
import { may, useShift, useStation } from "../../station/StationContext";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Refusal } from "../../ui/states";
import { useNoScan } from "../shortage/FoundStep";
import { Reasons } from "../supervisor/Reasons";
import { SupervisorForm } from "../supervisor/SupervisorForm";
import { toLine } from "./basket";
import { useBasket, type Going } from "./BasketContext";
import { voidLines } from "./queries";

const REASONS = ["mistake", "mind", "quantity", "price"] as const;

/** Lines, or all of it, go before they are paid: why, and when the person at the till may not, by whose word. */
export function LineVoidDialog({ going, onClose }: { going: Going; onClose: () => void }) {
  const { t } = useTranslation("station");
  const { session } = useStation();
  const shift = useShift();
  const client = useQueryClient();
  const { basket, takeOut } = useBasket();
  const [reason, setReason] = useState("");
  const [isAsking, setAsking] = useState(false);
  const lines = basket.lines.flatMap((line) => {
    const quantity = going.isWhole ? line.quantity : (going.quantities[line.key] ?? 0);
    return quantity > 0 ? [{ ...line, quantity }] : [];
  });
  const send = useMutation({
    mutationFn: (supervisor?: SecondWord) => {
      const id = newId();
      const body = { sale_id: basket.sale, shift_id: shift.id, whole: going.isWhole, lines: lines.map(toLine), reason: reason.trim(), ...(supervisor && { supervisor }) };
      return insist(() => voidLines(id, body), () => undefined);
    },
    onSuccess: ({ seq }) => {
      confirmSeq(client, seq);
      takeOut(going);
      onClose();
    },
  });
  useNoScan();
  const mayVoid = may(session, "sale.void");
  const missing = reason.trim() === "" ? t("shortage.override.missing.why") : null;
  const go = () => {
    if (mayVoid) send.mutate(undefined);
    else setAsking(true);
  };
  return (
    <Dialog title={t(going.isWhole ? "void.basketTitle" : "void.lineTitle")} onClose={onClose} isBusy={send.isPending} className={isAsking ? "sm:max-w-3xl" : "sm:max-w-lg"}>
      <div className="flex flex-col gap-4">
        <ul className="divide-y divide-line rounded-field border border-line bg-paper px-4">
          {lines.slice(0, SHOWN).map((line) => (
            <Gone key={line.key} name={line.variant.name} quantity={line.quantity} unit={line.variant.unit} />
          ))}
          {lines.length > SHOWN && <li className="py-2 text-soft">{t("void.more", { count: lines.length - SHOWN })}</li>}
        </ul>
        {isAsking ? (
          <SupervisorForm
            permission="sale.void"
            error={send.error}
            isSending={send.isPending}
            action={t("void.confirm")}
            onDecide={(supervisor) => send.mutate(supervisor)}
            onBack={() => setAsking(false)}
          />
        ) : (
          <>
            <Reasons texts={REASONS.map((why) => t(`void.reasons.${why}`))} reason={reason} onChange={setReason} isFirst />
            <Refusal error={send.error} />
            <Button kind={mayVoid ? "danger" : "primary"} size="large" blocked={missing} disabled={send.isPending} onClick={go}>
              {mayVoid ? t("void.confirm") : t("supervisor.ask")}
            </Button>
          </>
        )}
      </div>
    </Dialog>
  );
}

/** Lines that the dialog shows; the rest is counted. */
const SHOWN = 4;

function Gone({ name, quantity, unit }: { name: string; quantity: number; unit: Parameters<typeof formatQuantity>[1] }) {
  const locale = useLocale();
  return (
    <li className="flex justify-between gap-3 py-2">
      <span className="min-w-0 font-medium wrap-anywhere">{name}</span>
      <span className="shrink-0 text-soft">{formatQuantity(quantity, unit, locale)}</span>
    </li>
  );
}
