import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Person } from "../../api/cloud";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Refusal } from "../../ui/states";
import { setPin } from "./queries";

const isPin = (text: string) => /^\d{4,8}$/.test(text) && new Set(text).size > 1;

/** A PIN for tills: the shops learn it within seconds. */
export function PinDialog({ person, onClose }: { person: Person; onClose: () => void }) {
  const { t } = useTranslation("office");
  const client = useQueryClient();
  const [pin, setText] = useState("");
  const saving = useMutation({
    mutationFn: () => setPin(person.id, pin),
    onSuccess: () => {
      for (const key of ["people", "person"]) void client.invalidateQueries({ queryKey: [key] });
      onClose();
    },
  });
  return (
    <Dialog title={t("people.pinTitle", { name: person.name })} description={t("people.pinText")} onClose={onClose} isBusy={saving.isPending}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (isPin(pin) && !saving.isPending) saving.mutate();
        }}
      >
        <label className="font-medium text-soft">
          {t("people.pin")}
          <input
            type="password"
            inputMode="numeric"
            autoComplete="new-password"
            autoFocus
            maxLength={8}
            value={pin}
            onChange={(event) => setText(event.target.value.replace(/\D/g, ""))}
            className="mt-1 min-h-13 w-full rounded-field border-2 border-edge bg-surface px-4 text-xl tracking-widest text-ink"
          />
        </label>
        <Refusal error={saving.error} />
        <Button type="submit" kind="primary" size="large" disabled={saving.isPending} blocked={isPin(pin) ? null : t("people.pinRule")}>
          {t("people.save")}
        </Button>
      </form>
    </Dialog>
  );
}
