import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { SecondWord } from "../../api/edge";
import { Problem } from "../../api/problem";
import { staffTiles } from "../../station/queries";
import { useLock } from "../../station/signin/useLock";
import { Button } from "../../ui/Button";
import { Refused, Refusal } from "../../ui/states";
import { useNoScan } from "../shortage/FoundStep";
import { PinKeys } from "./PinKeys";
import { Supervisors } from "./Supervisors";

interface SupervisorFormProps {
  /** What the person at the till may not do: those who may are asked. */
  permission: string;
  /** What the last word was refused with. */
  error: unknown;
  isSending: boolean;
  /** What the button does. */
  action: string;
  onDecide: (supervisor: SecondWord) => void;
  onBack: () => void;
}

/** A supervisor comes to the till and says so by PIN. */
export function SupervisorForm({ permission, error, isSending, action, onDecide, onBack }: SupervisorFormProps) {
  const { t } = useTranslation("station");
  const staff = useQuery(staffTiles);
  const [person, setPerson] = useState<string | null>(null);
  const [pin, setPin] = useState("");
  const [asked, setAsked] = useState<string | null>(null);
  // A refusal is about the person who was asked; the one before it asked for a supervisor.
  const { isLocked, shown } = useLock(asked !== null && asked === person ? error : null);
  useNoScan();
  const missing = () => {
    if (person === null) return t("shortage.override.missing.who");
    return pin === "" ? t("shortage.override.missing.pin") : null;
  };
  const decide = () => {
    if (person === null || missing() !== null || isSending || isLocked) return;
    setAsked(person);
    onDecide({ staff_id: person, pin });
    setPin("");
  };
  const name = staff.data?.find(({ id }) => id === person)?.name;
  return (
    <div className="grid gap-5 sm:grid-cols-2">
      <div className="flex flex-col gap-4">
        <p className="text-soft">{t("supervisor.lead")}</p>
        <Supervisors mayBeAsked={({ supervises }) => supervises.includes(permission)} person={person} onChoose={setPerson} />
      </div>
      <div className="flex flex-col gap-3">
        {mayNot(shown) ? <Refused>{t("supervisor.denied", { name })}</Refused> : <Refusal error={shown} />}
        <PinKeys name={name} pin={pin} onChange={setPin} onEnter={decide} isBusy={isSending || isLocked} refused={asked === null ? null : error} />
        <Button kind="primary" size="huge" disabled={isSending || isLocked} blocked={missing()} onClick={decide}>
          {isSending ? t("shortage.checking") : action}
        </Button>
        <Button kind="quiet" disabled={isSending} onClick={onBack}>
          {t("supervisor.back")}
        </Button>
      </div>
    </div>
  );
}

/** The PIN was right, and its owner may not let it be either. */
const mayNot = (error: unknown) => error instanceof Problem && error.code.startsWith("permission.");
