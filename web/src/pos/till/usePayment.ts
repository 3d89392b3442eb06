import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";

import type { Tender } from "../../api/edge";
import { insist } from "../../api/insist";
import { Problem } from "../../api/problem";
import { confirmSeq, session as sessionQuery } from "../../station/queries";
import { useShift } from "../../station/StationContext";
import { toLines } from "./basket";
import { useBasket } from "./BasketContext";
import { closeSale } from "./queries";

interface Payment {
  isSending: boolean;
  /** How often the same request was sent again. */
  attempt: number;
  error: unknown;
  pay: (tenders: Tender[], total_minor: number) => void;
}

/** Sends the sale until an answer comes. A second press while it is on its way does nothing. */
export function usePayment(): Payment {
  const client = useQueryClient();
  const shift = useShift();
  const { basket, setAttempt, close } = useBasket();
  const [isSending, setSending] = useState(false);
  const [attempt, countAttempt] = useState(0);
  const [error, setError] = useState<unknown>(null);
  const guard = useRef(false);

  const pay = async (tenders: Tender[], total_minor: number) => {
    if (guard.current) return;
    guard.current = true;
    setSending(true);
    setError(null);
    setAttempt({ tenders, total_minor });
    const sale = { shift_id: shift.id, lines: toLines(basket), tenders, expected_total_minor: total_minor };
    try {
      const closed = await insist(() => closeSale(basket.sale, sale), countAttempt);
      confirmSeq(client, closed.receipt.seq);
      close(closed);
      void client.invalidateQueries({ queryKey: ["sales"] });
    } catch (problem) {
      setError(problem);
      // A refusal recorded nothing: the basket may be changed again.
      if (problem instanceof Problem && !problem.isUncertain) {
        setAttempt(null);
        if (problem.code === "sale.total_changed") void client.invalidateQueries({ queryKey: ["quote"] });
        if (["shift.closed", "session.missing"].includes(problem.code)) void client.invalidateQueries({ queryKey: sessionQuery.queryKey });
      }
    } finally {
      guard.current = false;
      setSending(false);
      countAttempt(0);
    }
  };
  return { isSending, attempt, error, pay: (tenders, total) => void pay(tenders, total) };
}
