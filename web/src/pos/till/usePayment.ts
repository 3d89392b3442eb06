import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";

import type { Override, Shortage, ShortageAnswer, Tender } from "../../api/edge";
import { insist } from "../../api/insist";
import { Problem } from "../../api/problem";
import { confirmSeq, session as sessionQuery } from "../../station/queries";
import { useShift } from "../../station/StationContext";
import { shortagesOf, type Question } from "../shortage/shortage";
import { toLines, whose } from "./basket";
import { useBasket } from "./BasketContext";
import { closeSale } from "./queries";

/** What a person said to a shortage; goes along with the very same sale. */
interface Answered {
  shortages?: ShortageAnswer[];
  override?: Override;
}

/** A sale that lacks stock, and what had been answered when it was refused. */
interface Lacking {
  tenders: Tender[];
  total_minor: number;
  shortages: Shortage[];
  before: Question[];
  /** Tells one refusal from the next. */
  round: number;
}

interface Payment {
  isSending: boolean;
  /** How often the same request was sent again. */
  attempt: number;
  error: unknown;
  lacking: Lacking | null;
  pay: (tenders: Tender[], total_minor: number) => void;
  /** Sends once more what was sent last. */
  again: (tenders: Tender[], total_minor: number) => void;
  answer: (questions: Question[], answers: ShortageAnswer[], override?: Override) => void;
  /** Back to the basket: nothing was recorded. */
  giveUp: () => void;
}

/** Sends the sale until an answer comes. A second press while it is on its way does nothing. */
export function usePayment(): Payment {
  const client = useQueryClient();
  const shift = useShift();
  const { basket, setAttempt, close } = useBasket();
  const [isSending, setSending] = useState(false);
  const [attempt, countAttempt] = useState(0);
  const [error, setError] = useState<unknown>(null);
  const [lacking, setLacking] = useState<Lacking | null>(null);
  const guard = useRef(false);
  const last = useRef<Answered>({});

  const refused = (problem: Problem, tenders: Tender[], total_minor: number, before: Question[]) => {
    setAttempt(null);
    const shortages = shortagesOf(problem);
    if (shortages.length > 0) {
      setError(null);
      setLacking((current) => ({ tenders, total_minor, shortages, before, round: (current?.round ?? 0) + 1 }));
    } else if (!problem.code.startsWith("pin.") && problem.code !== "permission.denied") setLacking(null);
    if (problem.code === "sale.total_changed") void client.invalidateQueries({ queryKey: ["quote"] });
    if (["shift.closed", "session.missing"].includes(problem.code)) void client.invalidateQueries({ queryKey: sessionQuery.queryKey });
  };

  const send = async (tenders: Tender[], total_minor: number, answered: Answered, before: Question[]) => {
    if (guard.current) return;
    guard.current = true;
    last.current = answered;
    setSending(true);
    setError(null);
    setAttempt({ tenders, total_minor });
    const sale = { shift_id: shift.id, ...whose(basket), lines: toLines(basket), tenders, expected_total_minor: total_minor, ...answered };
    try {
      const closed = await insist(() => closeSale(basket.sale, sale), countAttempt);
      confirmSeq(client, closed.receipt.seq);
      close(closed);
      setLacking(null);
      void client.invalidateQueries({ queryKey: ["sales"] });
    } catch (problem) {
      setError(problem);
      // A refusal recorded nothing: the basket may be changed again.
      if (problem instanceof Problem && !problem.isUncertain) refused(problem, tenders, total_minor, before);
      else setLacking(null);
    } finally {
      guard.current = false;
      setSending(false);
      countAttempt(0);
    }
  };
  return {
    isSending,
    attempt,
    error,
    lacking,
    pay: (tenders, total) => void send(tenders, total, {}, []),
    again: (tenders, total) => void send(tenders, total, last.current, []),
    answer: (questions, shortages, override) =>
      lacking && void send(lacking.tenders, lacking.total_minor, { shortages, ...(override && { override }) }, questions),
    giveUp: () => {
      setLacking(null);
      setError(null);
    },
  };
}
