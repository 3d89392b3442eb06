import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Person } from "../../api/cloud";
import { newId } from "../../api/id";
import { paths } from "../../paths";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { useGo } from "../../ui/Go";
import { Refusal } from "../../ui/states";
import { TextField } from "../ui/TextField";
import { GrantFields, useFirstGrant } from "./GrantFields";
import { putPerson } from "./queries";

/** A new person with a first role, or another name and address. */
export function PersonDialog({ person, onClose }: { person?: Person; onClose: () => void }) {
  const { t } = useTranslation("office");
  const go = useGo();
  const client = useQueryClient();
  const [id] = useState(() => person?.id ?? newId());
  const [name, setName] = useState(person?.name ?? "");
  const [email, setEmail] = useState(person?.email ?? "");
  const [grant, setGrant] = useFirstGrant();
  const saving = useMutation({
    mutationFn: () => putPerson(id, name.trim(), email.trim(), person || !grant.role_id ? undefined : [grant]),
    onSuccess: () => {
      for (const key of ["people", "person"]) void client.invalidateQueries({ queryKey: [key] });
      if (!person) go(paths.office.person(id));
      onClose();
    },
  });
  return (
    <Dialog title={t(person ? "people.change" : "people.new")} onClose={onClose} isBusy={saving.isPending}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() && !saving.isPending) saving.mutate();
        }}
      >
        <TextField label={t("people.name")} value={name} onChange={setName} isFirst />
        <TextField label={t("people.email")} hint={t("people.emailHint")} value={email} onChange={setEmail} />
        {!person && <GrantFields grant={grant} onChange={setGrant} />}
        <Refusal error={saving.error} />
        <Button type="submit" kind="primary" size="large" disabled={saving.isPending} blocked={name.trim() ? null : t("people.nameMissing")}>
          {t("people.save")}
        </Button>
      </form>
    </Dialog>
  );
}
