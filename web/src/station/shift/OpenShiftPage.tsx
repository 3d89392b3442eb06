import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Session } from "../../api/edge";
import { newId } from "../../api/id";
import { Problem } from "../../api/problem";
import { useMoney } from "../../format/CurrencyContext";
import { parseEntry } from "../../format/entry";
import { Button } from "../../ui/Button";
import { EntryField } from "../../ui/EntryField";
import { NumberPad } from "../../ui/NumberPad";
import { Refusal } from "../../ui/states";
import { openShift, setSession, shiftById } from "../queries";
import { may, useStation } from "../StationContext";

const whyNot = (session: Session) => (may(session, "shift.open") ? null : ("shift.mayNotOpen" as const));

/** Counts the float; the id of the shift is made once, so that pressing twice opens one. */
export function OpenShiftPage({ onOpened }: { onOpened: () => void }) {
  const { t } = useTranslation("station");
  const { session } = useStation();
  const { currency } = useMoney();
  const client = useQueryClient();
  const [entry, setEntry] = useState("");
  const [id] = useState(newId);
  const opening = useMutation({
    mutationFn: async () => {
      try {
        return await openShift(id, session.register.id, parseEntry(entry, currency.exponent) ?? 0);
      } catch (problem) {
        const other = problem instanceof Problem && problem.code === "shift.already_open" && problem.figures["shift_id"];
        if (typeof other !== "string") throw problem;
        return shiftById(other); // a colleague opened it meanwhile
      }
    },
    onSuccess: (shift) => {
      onOpened();
      setSession(client, { ...session, shift });
    },
  });
  const reason = whyNot(session);
  const open = () => !reason && !opening.isPending && opening.mutate();
  return (
    <div className="m-auto flex w-full max-w-md flex-col gap-4 p-5">
      <div>
        <h1 className="text-3xl font-semibold">{t("shift.openTitle")}</h1>
        <p className="mt-1 text-soft">{t("shift.openHint")}</p>
      </div>
      <EntryField label={t("shift.float")} entry={entry} onChange={setEntry} digits={currency.exponent} unit={currency.code} onEnter={open} isActive />
      <NumberPad entry={entry} onChange={setEntry} digits={currency.exponent} onEnter={open} />
      <Refusal error={opening.error} />
      <Button
        kind="primary"
        size="large"
        blocked={reason && t(reason)}
        disabled={opening.isPending}
        onClick={open}
      >
        {opening.isPending ? t("shift.opening") : t("shift.open")}
      </Button>
      {reason && <p className="text-center text-soft">{t(reason)}</p>}
    </div>
  );
}
