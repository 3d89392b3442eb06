import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Person } from "../../api/cloud";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Refusal } from "../../ui/states";
import { TextField } from "../ui/TextField";
import { setActive } from "./queries";

/** Somebody leaves, or comes back: with a reason, which the audit keeps. */
export function ActivityDialog({ person, onClose }: { person: Person; onClose: () => void }) {
  const { t } = useTranslation("office");
  const client = useQueryClient();
  const [reason, setReason] = useState("");
  const saving = useMutation({
    mutationFn: () => setActive(person.id, !person.active, reason.trim()),
    onSuccess: () => {
      for (const key of ["people", "person", "effective", "sessions-of"]) void client.invalidateQueries({ queryKey: [key] });
      onClose();
    },
  });
  const title = t(person.active ? "people.dismissTitle" : "people.takeBackTitle", { name: person.name });
  return (
    <Dialog title={title} description={t(person.active ? "people.dismissText" : "people.takeBackText")} onClose={onClose} isBusy={saving.isPending}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (reason.trim() && !saving.isPending) saving.mutate();
        }}
      >
        <TextField label={t("people.reason")} value={reason} onChange={setReason} isFirst />
        <Refusal error={saving.error} />
        <Button type="submit" kind={person.active ? "danger" : "primary"} size="large" disabled={saving.isPending} blocked={reason.trim() ? null : t("reason.missing")}>
          {t(person.active ? "people.dismiss" : "people.takeBack")}
        </Button>
      </form>
    </Dialog>
  );
}
