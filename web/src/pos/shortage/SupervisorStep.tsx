import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Override } from "../../api/edge";
import { Problem } from "../../api/problem";
import { staffTiles } from "../../station/queries";
import { useLock } from "../../station/signin/useLock";
import { Button } from "../../ui/Button";
import { Refused, Refusal } from "../../ui/states";
import { PinKeys } from "../supervisor/PinKeys";
import { Reasons } from "../supervisor/Reasons";
import { Supervisors } from "../supervisor/Supervisors";
import { useNoScan } from "./FoundStep";

const REASONS = ["inHand", "wrongStock", "delivery"] as const;

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
        <Supervisors mayBeAsked={({ may_override = true }) => may_override} person={person} onChoose={setPerson} />
        <Reasons texts={REASONS.map((why) => t(`shortage.override.reasons.${why}`))} reason={reason} onChange={setReason} />
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
