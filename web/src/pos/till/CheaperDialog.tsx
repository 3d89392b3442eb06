import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { SecondWord } from "../../api/edge";
import { newId } from "../../api/id";
import { insist } from "../../api/insist";
import { Problem } from "../../api/problem";
import { useMoney } from "../../format/CurrencyContext";
import { parseEntry } from "../../format/entry";
import { usePrice } from "../../station/product/ProductTile";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { EntryField } from "../../ui/EntryField";
import { NumberPad } from "../../ui/NumberPad";
import { Refusal } from "../../ui/states";
import { useNoScan } from "../shortage/FoundStep";
import { Reasons } from "../supervisor/Reasons";
import { SupervisorForm } from "../supervisor/SupervisorForm";
import type { Line } from "./basket";
import { useBasket } from "./BasketContext";
import { approveLine } from "./queries";

const KINDS = ["share", "amount", "price"] as const;
type Kind = (typeof KINDS)[number];
const REASONS = ["damaged", "expiring", "matched", "goodwill"] as const;
/** Hundredths of a percent. */
const SHARE_DIGITS = 2;

/** A line is to be cheaper: by how much, why, and when the person at the till may not, by whose word. */
export function CheaperDialog({ line, onClose }: { line: Line; onClose: () => void }) {
  const { t } = useTranslation("station");
  const { currency } = useMoney();
  const price = usePrice();
  const { basket, makeCheaper, makePlain } = useBasket();
  const [kind, setKind] = useState<Kind>("share");
  const [entry, setEntry] = useState("");
  const [reason, setReason] = useState("");
  const digits = kind === "share" ? SHARE_DIGITS : currency.exponent;
  const value = parseEntry(entry, digits);
  const terms = () => {
    const why = reason.trim();
    if (kind === "price") return { unit_price: entry.replace(",", "."), price_reason: why };
    return kind === "share" ? { discount_bps: value, discount_reason: why } : { discount_minor: value ?? 0, discount_reason: why };
  };
  const send = useMutation({
    mutationFn: (supervisor?: SecondWord) => {
      const id = newId();
      const asked = { variant_id: line.variant.id, quantity: line.quantity, ...terms() };
      return insist(() => approveLine(id, { sale_id: basket.sale, line: asked, ...(supervisor && { supervisor }) }), () => undefined);
    },
    onSuccess: ({ id }) => {
      makeCheaper(line.key, id);
      onClose();
    },
  });
  useNoScan();
  // What the person at the till may not do is asked of a supervisor; anything else is put right here.
  const needed = neededPermission(send.error);
  const [asked, setAsked] = useState<string | null>(null);
  if (needed !== null && asked === null) setAsked(needed);
  const missing = () => {
    if (value === null || (kind !== "price" && value === 0)) return t("cheaper.missing");
    return reason.trim() === "" ? t("shortage.override.missing.why") : null;
  };
  const go = () => missing() === null && !send.isPending && send.mutate(undefined);
  const choose = (next: Kind) => {
    setKind(next);
    setEntry("");
    send.reset();
  };
  if (asked !== null) {
    return (
      <Dialog title={t("cheaper.title", { name: line.variant.name })} onClose={onClose} isBusy={send.isPending} className="sm:max-w-3xl">
        <SupervisorForm
          permission={asked}
          error={send.error}
          isSending={send.isPending}
          action={t("cheaper.apply")}
          onDecide={(supervisor) => send.mutate(supervisor)}
          onBack={() => {
            setAsked(null);
            send.reset();
          }}
        />
      </Dialog>
    );
  }
  return (
    <Dialog title={t("cheaper.title", { name: line.variant.name })} onClose={onClose} isBusy={send.isPending} className="sm:max-w-3xl">
      <div className="grid gap-5 sm:grid-cols-2">
        <div className="flex flex-col gap-4">
          <Kinds kind={kind} onChoose={choose} />
          <EntryField
            label={t(`cheaper.field.${kind}`)}
            entry={entry}
            onChange={setEntry}
            digits={digits}
            unit={kind === "share" ? "%" : currency.code}
            onEnter={go}
            isActive
          />
          {kind === "price" && <p className="-mt-2 text-sm text-soft">{t("cheaper.list", { price: price(line.variant) })}</p>}
          <Reasons texts={REASONS.map((why) => t(`cheaper.reasons.${why}`))} reason={reason} onChange={setReason} />
        </div>
        <div className="flex flex-col gap-3">
          <NumberPad entry={entry} onChange={setEntry} digits={digits} onEnter={go} />
          <Refusal error={send.error} />
          <Button kind="primary" size="huge" blocked={missing()} disabled={send.isPending} onClick={go}>
            {t("cheaper.apply")}
          </Button>
          {line.terms && (
            <Button
              onClick={() => {
                makePlain(line.key);
                onClose();
              }}
            >
              {t("cheaper.back")}
            </Button>
          )}
        </div>
      </div>
    </Dialog>
  );
}

function neededPermission(error: unknown): string | null {
  if (!(error instanceof Problem) || !error.code.startsWith("permission.")) return null;
  const permission = error.figures["permission"];
  return permission === "discount.line" || permission === "price.override" ? permission : null;
}

function Kinds({ kind, onChoose }: { kind: Kind; onChoose: (kind: Kind) => void }) {
  const { t } = useTranslation("station");
  return (
    <div role="group" aria-label={t("cheaper.how")} className="grid grid-cols-3 gap-2">
      {KINDS.map((one) => (
        <button
          key={one}
          type="button"
          aria-pressed={kind === one}
          onClick={() => onChoose(one)}
          className="min-h-12 rounded-field border border-edge bg-surface px-2 leading-tight font-semibold hover:bg-sunken aria-pressed:border-pine aria-pressed:bg-pine-wash"
        >
          {t(`cheaper.kind.${one}`)}
        </button>
      ))}
    </div>
  );
}
