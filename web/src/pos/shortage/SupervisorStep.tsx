import { useQuery } from "@tanstack/react-query";
import { Delete } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import type { Override } from "../../api/edge";
import { Problem } from "../../api/problem";
import type { PadKey } from "../../format/entry";
import { staffTiles } from "../../station/queries";
import { Initials } from "../../station/signin/Initials";
import { useLock } from "../../station/signin/useLock";
import { Button } from "../../ui/Button";
import { PadButton, usePadKeys } from "../../ui/NumberPad";
import { Failure, Refused, Refusal, Skeleton } from "../../ui/states";
import { useNoScan } from "./FoundStep";

const LONGEST_PIN = 8;
const LONGEST_REASON = 200;
const REASONS = ["inHand", "wrongStock", "delivery"] as const;
const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"] as const;

interface SupervisorStepProps {
  error: unknown;
  isSending: boolean;
  onDecide: (override: Override) => void;
}

/** Who decides, why, and the PIN that says so. It is recorded as a decision, not as a correction. */
export function SupervisorStep({ error, isSending, onDecide }: SupervisorStepProps) {
  const { t } = useTranslation("station");
  const staff = useQuery(staffTiles);
  const [person, setPerson] = useState<string | null>(null);
  const [reason, setReason] = useState("");
  const [pin, setPin] = useState("");
  const [asked, setAsked] = useState<string | null>(null);
  // A refusal is about the person who was asked.
  const { isLocked, shown } = useLock(asked === person ? error : null);
  useNoScan();
  const missing = () => {
    if (person === null) return t("shortage.override.missing.who");
    if (reason.trim() === "") return t("shortage.override.missing.why");
    return pin === "" ? t("shortage.override.missing.pin") : null;
  };
  const decide = () => {
    if (person === null || missing() !== null || isSending || isLocked) return;
    setAsked(person);
    onDecide({ staff_id: person, pin, reason: reason.trim() });
    setPin("");
  };
  const name = staff.data?.find(({ id }) => id === person)?.name;
  return (
    <div className="grid gap-5 sm:grid-cols-2">
      <div className="flex flex-col gap-4">
        <Supervisors person={person} onChoose={setPerson} />
        <Reasons reason={reason} onChange={setReason} />
      </div>
      <div className="flex flex-col gap-3">
        {mayNot(shown) ? <Refused>{t("shortage.override.denied", { name })}</Refused> : <Refusal error={shown} />}
        <PinKeys name={name} pin={pin} onChange={setPin} onEnter={decide} isBusy={isSending || isLocked} refused={error} />
        <Button kind="primary" size="huge" disabled={isSending || isLocked} blocked={missing()} onClick={decide}>
          {isSending ? t("shortage.checking") : t("shortage.override.sell")}
        </Button>
        <p className="text-sm text-faint">{t("shortage.override.note")}</p>
      </div>
    </div>
  );
}

/** The PIN was right, and its owner may not decide: not the person at the till, whom other refusals are about. */
const mayNot = (error: unknown) =>
  error instanceof Problem && error.code === "permission.denied" && error.figures["permission"] === "stock.override";

function Supervisors({ person, onChoose }: { person: string | null; onChoose: (id: string) => void }) {
  const { t } = useTranslation("station");
  const staff = useQuery(staffTiles);
  const people = (staff.data ?? []).filter(({ may_override = true }) => may_override);
  const only = people.length === 1 ? people[0]?.id : undefined;
  useEffect(() => {
    if (only) onChoose(only);
  }, [only, onChoose]);
  const first = useRef<HTMLFieldSetElement>(null);
  const hasPeople = people.length > 0;
  useEffect(() => {
    if (hasPeople) first.current?.querySelector("input")?.focus();
  }, [hasPeople]);
  return (
    <fieldset ref={first}>
      <legend className="mb-2 font-semibold">{t("shortage.override.who")}</legend>
      {staff.isPending && <Skeleton rows={2} className="h-16" />}
      {staff.error && <Failure error={staff.error} onRetry={() => void staff.refetch()} />}
      {staff.isSuccess && people.length === 0 && <p className="rounded-field bg-amber-wash px-3 py-2.5 text-amber">{t("shortage.override.nobody")}</p>}
      <div className="flex max-h-56 flex-col gap-2 overflow-y-auto">
        {people.map(({ id, name, initials }) => (
          <label
            key={id}
            className="flex min-h-16 cursor-pointer items-center gap-3 rounded-field border border-line bg-surface px-3 font-semibold has-checked:border-pine has-checked:bg-pine-wash has-focus-visible:outline-3 has-focus-visible:outline-pine"
          >
            <input type="radio" name="supervisor" className="sr-only" checked={person === id} onChange={() => onChoose(id)} />
            <span className="scale-75">
              <Initials id={id} text={initials} />
            </span>
            {name}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function Reasons({ reason, onChange }: { reason: string; onChange: (reason: string) => void }) {
  const { t } = useTranslation("station");
  const texts = REASONS.map((name) => t(`shortage.override.reasons.${name}`));
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-2 font-semibold">{t("shortage.override.why")}</legend>
      <div className="flex flex-wrap gap-2">
        {texts.map((text) => (
          <button
            key={text}
            type="button"
            aria-pressed={reason === text}
            onClick={() => onChange(text)}
            className="min-h-12 rounded-full border border-edge bg-surface px-4 font-medium hover:bg-sunken aria-pressed:border-pine aria-pressed:bg-pine-wash"
          >
            {text}
          </button>
        ))}
      </div>
      <input
        type="text"
        maxLength={LONGEST_REASON}
        aria-label={t("shortage.override.otherReason")}
        placeholder={t("shortage.override.otherReason")}
        value={texts.includes(reason) ? "" : reason}
        onChange={(event) => onChange(event.target.value)}
        className="min-h-12 rounded-field border border-edge bg-surface px-3 placeholder:text-faint"
      />
    </fieldset>
  );
}

interface PinKeysProps {
  /** Whose PIN it is, once somebody was chosen. */
  name: string | undefined;
  pin: string;
  onChange: (pin: string) => void;
  onEnter: () => void;
  isBusy: boolean;
  /** What the last PIN was refused with: the next one is typed at once. */
  refused: unknown;
}

/** Fingers press the keys; a keyboard types into the field, or anywhere that takes no text. */
function PinKeys({ name, pin, onChange, onEnter, isBusy, refused }: PinKeysProps) {
  const { t } = useTranslation("station");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (refused) field.current?.focus();
  }, [refused]);
  const change = (typed: string) => {
    if (!isBusy && /^\d*$/.test(typed) && typed.length <= LONGEST_PIN) onChange(typed);
  };
  const press = (key: PadKey) => {
    if (key === "delete") change(pin.slice(0, -1));
    else if (key === "clear") change("");
    else change(pin + key);
  };
  usePadKeys(press, onEnter);
  return (
    <>
      <label className="font-semibold">
        {name ? t("shortage.override.pin", { name }) : "PIN"}
        <input
          ref={field}
          type="password"
          // The pad on the page takes the place of the keyboard that would cover it.
          inputMode="none"
          autoComplete="off"
          value={pin}
          onChange={(event) => change(event.target.value)}
          onKeyDown={(event) => event.key === "Enter" && onEnter()}
          className="mt-1 min-h-12 w-full rounded-field border-2 border-edge bg-surface px-4 text-center text-2xl tracking-[0.4em] outline-none focus:border-pine"
        />
      </label>
      <div role="group" aria-label={t("pad.label", { ns: "common" })} className="grid grid-cols-3 gap-2">
        {DIGITS.map((digit) => (
          <PadButton key={digit} label={t("pad.digit", { ns: "common", digit })} onPress={() => press(digit)}>
            {digit}
          </PadButton>
        ))}
        <span />
        <PadButton label={t("pad.digit", { ns: "common", digit: "0" })} onPress={() => press("0")}>
          0
        </PadButton>
        <PadButton label={t("signIn.delete")} onPress={() => press("delete")}>
          <Delete aria-hidden className="size-6" />
        </PadButton>
      </div>
    </>
  );
}
