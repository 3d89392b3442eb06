import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { CashRules, CashWay } from "../../api/edge";
import { newId } from "../../api/id";
import { Problem } from "../../api/problem";
import { useMoney } from "../../format/CurrencyContext";
import { parseEntry } from "../../format/entry";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { EntryField } from "../../ui/EntryField";
import { NumberPad } from "../../ui/NumberPad";
import { Refusal } from "../../ui/states";
import { Field } from "../print/Field";
import { useShift } from "../StationContext";
import { moveCash } from "./queries";
import { isSaid, noWord, SecondPerson } from "./SecondPerson";

const LONGEST_NOTE = 200;
const OTHER = "other";

const reasonsOf = (rules: CashRules, way: CashWay) =>
  ({ paid_in: rules.paid_in_reasons, paid_out: rules.paid_out_reasons, drop: rules.drop_reasons })[way];

/** How much, why, and a second person where it is more than one may move alone. */
export function MovementDialog({ way, rules, onClose, onMoved }: { way: CashWay; rules: CashRules; onClose: () => void; onMoved: (amount: number) => void }) {
  const { t } = useTranslation("station");
  const { currency } = useMoney();
  const shift = useShift();
  const client = useQueryClient();
  const [id] = useState(newId);
  const [entry, setEntry] = useState("");
  const [reason, setReason] = useState<string | null>(way === "drop" ? (rules.drop_reasons[0] ?? OTHER) : null);
  const [note, setNote] = useState("");
  const [word, setWord] = useState(noWord);
  const [needsSecond, setNeedsSecond] = useState(false);
  const amount = parseEntry(entry, currency.exponent) ?? 0;
  const moving = useMutation({
    mutationFn: () =>
      moveCash({ id, shift: shift.id, way, amount_minor: amount, reason: reason ?? OTHER, note: note.trim() || null, approval: needsSecond && isSaid(word) ? word : null }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["cash-movements", shift.id] });
      onMoved(amount);
    },
    onError: (error) => {
      if (error instanceof Problem && error.code.startsWith("cash.approval_")) setNeedsSecond(true);
      setWord((said) => ({ ...said, pin: "" }));
    },
  });
  const missing = () => {
    if (amount <= 0) return t("cash.missing.amount");
    if (reason === null) return t("cash.missing.reason");
    if (reason === OTHER && note.trim() === "") return t("cash.missing.note");
    return needsSecond && !isSaid(word) ? t("cash.missing.second") : null;
  };
  const move = () => missing() === null && !moving.isPending && moving.mutate();
  return (
    <Dialog title={t(`cash.way.${way}`)} description={t(`cash.hint.${way}`)} onClose={onClose} isBusy={moving.isPending} className="sm:max-w-3xl">
      <div className="grid gap-5 sm:grid-cols-2">
        <div className="flex flex-col gap-3">
          <EntryField label={t("cash.amount")} entry={entry} onChange={setEntry} digits={currency.exponent} unit={currency.code} onEnter={move} isActive />
          <NumberPad entry={entry} onChange={setEntry} digits={currency.exponent} onEnter={move} />
        </div>
        <div className="flex flex-col gap-4">
          <fieldset>
            <legend className="mb-2 font-medium text-soft">{t("cash.why")}</legend>
            <div className="flex flex-wrap gap-2">
              {reasonsOf(rules, way).map((code) => (
                <button
                  key={code}
                  type="button"
                  aria-pressed={reason === code}
                  onClick={() => setReason(code)}
                  className="min-h-12 rounded-full border border-edge bg-surface px-4 font-medium hover:bg-sunken aria-pressed:border-pine aria-pressed:bg-pine-wash"
                >
                  {t(`cash.reason.${code as "other"}`)}
                </button>
              ))}
            </div>
          </fieldset>
          <Field
            label={t(way === "drop" ? "cash.bag" : "cash.note")}
            maxLength={LONGEST_NOTE}
            value={note}
            onChange={(event) => setNote(event.target.value)}
            onKeyDown={(event) => event.key === "Enter" && move()}
          />
          {needsSecond && <SecondPerson isNews word={word} onChange={setWord} onEnter={move} />}
          <Refusal error={moving.error} />
          <Button kind="primary" size="huge" className="mt-auto" disabled={moving.isPending} blocked={missing()} onClick={move}>
            {moving.isPending ? t("cash.moving") : t(`cash.do.${way}`)}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
