import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { EdgeInfo, StaffTile } from "../../api/edge";
import type { PadKey } from "../../format/entry";
import { Button } from "../../ui/Button";
import { usePadKeys } from "../../ui/NumberPad";
import { PinDigits } from "../../ui/PinDigits";
import { Refusal } from "../../ui/states";
import { setSession, signIn } from "../queries";
import { Initials } from "./Initials";
import { useLock } from "./useLock";

const LONGEST_PIN = 12;

interface PinPadProps {
  staff: StaffTile;
  register: EdgeInfo["registers"][number];
  onBack: () => void;
}

/** The PIN of one person; the digits of the keyboard work too. */
export function PinPad({ staff, register, onBack }: PinPadProps) {
  const { t } = useTranslation("station");
  const client = useQueryClient();
  const [pin, setPin] = useState("");
  const attempt = useMutation({
    mutationFn: () => signIn(staff.id, pin, register.id),
    onSuccess: (answer) => setSession(client, answer),
    onError: () => setPin(""),
  });
  const { isLocked, shown } = useLock(attempt.error);

  const press = (key: PadKey) => {
    if (attempt.isPending || isLocked) return;
    if (key === "delete") setPin((typed) => typed.slice(0, -1));
    else if (key === "clear") setPin("");
    else if (/^\d$/.test(key)) setPin((typed) => (typed.length < LONGEST_PIN ? typed + key : typed));
  };
  const submit = () => {
    if (pin.length > 0 && !attempt.isPending && !isLocked) attempt.mutate();
  };
  usePadKeys(press, submit);

  return (
    <div className="m-auto flex w-full max-w-sm flex-col items-center gap-4 p-5">
      <Initials id={staff.id} text={staff.initials} />
      <h1 className="text-2xl font-semibold">{t("signIn.pinFor", { name: staff.name })}</h1>
      <p role="status" className="flex h-6 items-center gap-3" aria-label={t("signIn.entered", { count: pin.length })}>
        {Array.from({ length: Math.max(4, pin.length) }, (_, at) => (
          <span key={at} className={`size-3.5 rounded-full border-2 border-pine ${at < pin.length ? "bg-pine" : ""}`} />
        ))}
      </p>
      <Refusal error={shown} className="w-full" />
      <PinDigits onPress={press} className="w-full gap-3" />
      <Button
        kind="primary"
        size="large"
        className="w-full"
        disabled={pin.length === 0 || attempt.isPending || isLocked}
        onClick={submit}
      >
        {attempt.isPending ? t("signIn.checking") : t("signIn", { ns: "common" })}
      </Button>
      <Button kind="quiet" onClick={onBack}>
        {t("signIn.otherPerson")}
      </Button>
    </div>
  );
}
