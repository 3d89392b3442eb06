import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Receipt, SaleReturn, SecondWord } from "../../api/edge";
import { newId } from "../../api/id";
import { insist } from "../../api/insist";
import { Problem } from "../../api/problem";
import { isSaid, noWord } from "../../station/cash/SecondPerson";
import { confirmSeq } from "../../station/queries";
import { useShift } from "../../station/StationContext";
import { toLines, type Basket } from "./back";
import { recordReturn, returnQuote } from "./queries";
import { REASONS, tendersOf } from "./RefundPanel";

/** What was said about a return beside its lines. */
export interface Draft {
  reason: (typeof REASONS)[number] | null;
  note: string;
  /** All of it from the drawer, also what a card could get. */
  isCash: boolean;
  word: SecondWord;
}

const NOTHING: Draft = { reason: null, note: "", isCash: false, word: noWord };

/** A return that is being put together, its refund, and how it is recorded: once, however often it is sent. */
export function useReturn(receipt: Receipt) {
  const { t } = useTranslation("station");
  const shift = useShift();
  const client = useQueryClient();
  const [id, setId] = useState(newId);
  const [basket, setBasket] = useState<Basket>({});
  const [draft, setDraft] = useState<Draft>(NOTHING);
  const [needsSecond, setNeedsSecond] = useState(false);
  const [done, setDone] = useState<SaleReturn | null>(null);
  const lines = toLines(basket);
  const quoted = useQuery({ ...returnQuote(receipt.id, lines), placeholderData: keepPreviousData });
  const quote = lines.length > 0 ? quoted.data : undefined;
  const isQuoted = quote !== undefined && quoted.isSuccess && !quoted.isPlaceholderData;

  const sending = useMutation({
    mutationFn: async () => {
      if (!quote || draft.reason === null) throw new Error("not ready");
      const approval = needsSecond && isSaid(draft.word) ? draft.word : null;
      const body = { shift_id: shift.id, lines, reason: draft.reason, note: draft.note.trim() || null, tenders: tendersOf(quote, draft.isCash), approval };
      return insist(() => recordReturn(receipt.id, id, body), () => undefined);
    },
    onSuccess: (returned) => {
      confirmSeq(client, returned.seq);
      setDone(returned);
      void client.invalidateQueries({ queryKey: ["returns", receipt.id] });
      void client.invalidateQueries({ queryKey: ["sales"] });
    },
    onError: (error) => {
      if (!(error instanceof Problem)) return;
      if (error.code.startsWith("cash.approval_") || error.code === "permission.denied") setNeedsSecond(true);
      setDraft((said) => ({ ...said, word: { ...said.word, pin: "" } }));
      // Another till was faster: what is left, and what it comes to, is another now.
      if (error.code.startsWith("return.")) void client.invalidateQueries({ queryKey: ["returns", receipt.id] });
    },
  });

  const blocked = () => {
    if (lines.length === 0) return t("returns.missing.lines");
    if (quoted.error) return t("returns.missing.quote");
    if (!isQuoted) return t("returns.missing.wait");
    if (draft.reason === null) return t("returns.missing.reason");
    if (draft.reason === "other" && draft.note.trim() === "") return t("returns.missing.note");
    return needsSecond && !isSaid(draft.word) ? t("returns.missing.second") : null;
  };
  return {
    basket,
    setBasket: (next: Basket) => {
      sending.reset();
      setBasket(next);
    },
    draft,
    setDraft,
    quote,
    isQuoted,
    needsSecond,
    error: sending.error ?? quoted.error,
    isSending: sending.isPending,
    blocked: blocked(),
    give: () => blocked() === null && !sending.isPending && sending.mutate(),
    done,
    /** Something else of the same sale. */
    again: () => {
      setId(newId());
      setBasket({});
      setDraft(NOTHING);
      setNeedsSecond(false);
      setDone(null);
      sending.reset();
    },
  };
}
