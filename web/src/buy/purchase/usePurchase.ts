import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";

import type { NewPurchase } from "../../api/edge";
import { insist } from "../../api/insist";
import { Problem } from "../../api/problem";
import { confirmSeq, session as sessionQuery } from "../../station/queries";
import { useShift } from "../../station/StationContext";
import { useDraft } from "./DraftContext";
import { recordPurchase } from "./queries";
import { toLines } from "./ticket";

/** Sends the purchase until an answer comes. A second press while it is on its way does nothing. */
export function usePurchase() {
  const client = useQueryClient();
  const shift = useShift();
  const { draft, setAttempt, finish } = useDraft();
  const [isSending, setSending] = useState(false);
  const [attempt, countAttempt] = useState(0);
  const [error, setError] = useState<unknown>(null);
  const guard = useRef(false);

  const pay = async (payment: NewPurchase["payment"]) => {
    if (guard.current || !draft.supplier) return;
    guard.current = true;
    setSending(true);
    setError(null);
    setAttempt(payment);
    const purchase = {
      shift_id: shift.id,
      supplier_id: draft.supplier.id,
      ...(draft.document.trim() && { supplier_document: draft.document.trim() }),
      lines: toLines(draft),
      payment,
    };
    try {
      const recorded = await insist(() => recordPurchase(draft.purchase, purchase), countAttempt);
      confirmSeq(client, recorded.ticket.seq);
      finish(recorded);
      void client.invalidateQueries({ queryKey: ["purchases"] });
    } catch (problem) {
      setError(problem);
      // A refusal recorded nothing: the ticket may be changed again.
      if (problem instanceof Problem && !problem.isUncertain) {
        setAttempt(null);
        if (problem.code === "purchase.payment_differs") void client.invalidateQueries({ queryKey: ["purchase-quote"] });
        if (["shift.closed", "session.missing"].includes(problem.code)) void client.invalidateQueries({ queryKey: sessionQuery.queryKey });
      }
    } finally {
      guard.current = false;
      setSending(false);
      countAttempt(0);
    }
  };
  return { isSending, attempt, error, pay: (payment: NewPurchase["payment"]) => void pay(payment) };
}
