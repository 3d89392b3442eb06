import { useMutation } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { PurchaseTicket, SecondWord } from "../../api/edge";
import { Problem } from "../../api/problem";
import { isSaid, noWord, SecondPerson } from "../../station/cash/SecondPerson";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Refusal } from "../../ui/states";

const REASONS = ["mistyped", "weight", "twice", "supplier", "returned"] as const;
const LONGEST_REASON = 200;

interface TakeBackProps {
  title: string;
  description: string;
  /** What the button does. */
  action: string;
  /** What becomes of the money. */
  children: ReactNode;
  send: (reason: string, approval: SecondWord | null) => Promise<PurchaseTicket>;
  onDone: (ticket: PurchaseTicket) => void;
  onClose: () => void;
}

/** Why a purchase is taken back, and somebody who says so too where the buyer may not, or not so far, alone. */
export function TakeBack({ title, description, action, children, send, onDone, onClose }: TakeBackProps) {
  const { t } = useTranslation("station");
  const [reason, setReason] = useState("");
  const [word, setWord] = useState(noWord);
  const [needsSecond, setNeedsSecond] = useState(false);
  const sending = useMutation({
    mutationFn: (approval: SecondWord | null) => send(reason.trim(), approval),
    onSuccess: onDone,
    onError: (error) => {
      if (error instanceof Problem && (error.code.startsWith("cash.approval_") || error.code === "permission.denied")) setNeedsSecond(true);
      setWord((said) => ({ ...said, pin: "" }));
    },
  });
  const missing = () => {
    if (reason.trim() === "") return t("reversal.missing.reason");
    return needsSecond && !isSaid(word) ? t("reversal.missing.second") : null;
  };
  const go = () => missing() === null && !sending.isPending && sending.mutate(needsSecond && isSaid(word) ? word : null);
  // That a second person is needed is asked for above; nobody was refused yet.
  const isAsked = needsSecond && sending.variables === null;
  return (
    <Dialog title={title} description={description} onClose={onClose} isBusy={sending.isPending} className={needsSecond ? "sm:max-w-3xl" : "sm:max-w-xl"}>
      <div className="flex flex-col gap-4">
        {children}
        <fieldset className="flex flex-col gap-2">
          <legend className="mb-2 font-semibold">{t("reversal.why")}</legend>
          <div className="flex flex-wrap gap-2">
            {REASONS.map((one) => {
              const text = t(`reversal.reasons.${one}`);
              return (
                <button
                  key={one}
                  type="button"
                  aria-pressed={reason === text}
                  onClick={() => setReason(text)}
                  className="min-h-12 rounded-full border border-edge bg-surface px-4 font-medium hover:bg-sunken aria-pressed:border-pine aria-pressed:bg-pine-wash"
                >
                  {text}
                </button>
              );
            })}
          </div>
          <input
            type="text"
            maxLength={LONGEST_REASON}
            aria-label={t("reversal.otherReason")}
            placeholder={t("reversal.otherReason")}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
            className="min-h-12 rounded-field border border-edge bg-surface px-3 placeholder:text-faint"
          />
        </fieldset>
        {needsSecond && <SecondPerson isNews word={word} onChange={setWord} onEnter={go} mayBeAsked={({ supervises }) => supervises.includes("purchase.void")} hint={t("reversal.second")} />}
        <Refusal error={isAsked ? null : sending.error} />
        <Button kind="danger" size="huge" disabled={sending.isPending} blocked={missing()} onClick={go}>
          {sending.isPending ? t("pay.recording") : action}
        </Button>
      </div>
    </Dialog>
  );
}
