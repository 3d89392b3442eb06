import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Person, PersonGrant } from "../../api/cloud";
import { newId } from "../../api/id";
import { formatInstant } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Refusal } from "../../ui/states";
import { Chip } from "../ui/Chip";
import { Card } from "../ui/PageHead";
import { TextField } from "../ui/TextField";
import { GrantFields, useFirstGrant } from "./GrantFields";
import { endGrant, putGrant } from "./queries";

const KEYS = ["people", "person", "effective"];

/** Which roles a person has, where and for how long. */
export function GrantsCard({ person, whyNot }: { person: Person; whyNot: string | null }) {
  const { t } = useTranslation("office");
  const [isGiving, setGiving] = useState(false);
  const [ending, setEnding] = useState<PersonGrant | null>(null);
  const blocked = person.active ? whyNot : t("people.dismissedFirst");
  const give = (
    <Button blocked={blocked} icon={<Plus aria-hidden className="size-5" />} onClick={() => setGiving(true)}>
      {t("people.give")}
    </Button>
  );
  return (
    <Card title={t("people.roles")} action={give}>
      {person.grants.length === 0 && <p className="px-5 pb-5 text-soft">{t("people.noRoles")}</p>}
      <ul className="divide-y divide-line">
        {person.grants.map((grant) => (
          <GrantRow key={grant.id} grant={grant} blocked={blocked} onEnd={() => setEnding(grant)} />
        ))}
      </ul>
      {isGiving && <GiveRoleDialog person={person} onClose={() => setGiving(false)} />}
      {ending && <EndDialog person={person} grant={ending} onClose={() => setEnding(null)} />}
    </Card>
  );
}

function GrantRow({ grant, blocked, onEnd }: { grant: PersonGrant; blocked: string | null; onEnd: () => void }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const isOver = grant.state === "over";
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-5 py-3">
      <div className="mr-auto min-w-0">
        <p className={isOver ? "text-faint line-through" : "font-semibold"}>{grant.role_name}</p>
        <p className="text-sm text-soft">
          {grant.place_name ?? t("people.wholeChain")}
          {grant.valid_from && grant.state === "future" && ` · ${t("people.from", { when: formatInstant(grant.valid_from, locale) })}`}
          {grant.valid_until && ` · ${t("people.untilWhen", { when: formatInstant(grant.valid_until, locale) })}`}
          {grant.provider_id && ` · ${t("people.byProvider")}`}
        </p>
      </div>
      <Chip tone={grant.state === "in_force" ? "good" : "plain"}>{t(`people.grantState.${grant.state as "in_force"}`, { defaultValue: grant.state })}</Chip>
      {!isOver && !grant.provider_id && (
        <Button kind="quiet" blocked={blocked} onClick={onEnd}>
          {t("people.end")}
        </Button>
      )}
    </li>
  );
}

function GiveRoleDialog({ person, onClose }: { person: Person; onClose: () => void }) {
  const { t } = useTranslation("office");
  const client = useQueryClient();
  const [id] = useState(newId);
  const [grant, setGrant] = useFirstGrant();
  const saving = useMutation({
    mutationFn: () => putGrant(person.id, id, grant),
    onSuccess: () => {
      for (const key of KEYS) void client.invalidateQueries({ queryKey: [key] });
      onClose();
    },
  });
  return (
    <Dialog title={t("people.giveTitle", { name: person.name })} description={t("people.giveText")} onClose={onClose} isBusy={saving.isPending}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (grant.role_id && !saving.isPending) saving.mutate();
        }}
      >
        <GrantFields grant={grant} onChange={setGrant} />
        <TextField label={t("people.reason")} value={grant.reason ?? ""} onChange={(reason) => setGrant({ ...grant, reason })} />
        <Refusal error={saving.error} />
        <Button type="submit" kind="primary" size="large" disabled={saving.isPending} blocked={grant.role_id ? null : t("people.chooseRole")}>
          {t("people.give")}
        </Button>
      </form>
    </Dialog>
  );
}

function EndDialog({ person, grant, onClose }: { person: Person; grant: PersonGrant; onClose: () => void }) {
  const { t } = useTranslation("office");
  const client = useQueryClient();
  const [reason, setReason] = useState("");
  const ending = useMutation({
    mutationFn: () => endGrant(person.id, grant.id, reason.trim()),
    onSuccess: () => {
      for (const key of KEYS) void client.invalidateQueries({ queryKey: [key] });
      onClose();
    },
  });
  return (
    <Dialog title={t("people.endTitle", { role: grant.role_name, name: person.name })} onClose={onClose} isBusy={ending.isPending}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (!ending.isPending) ending.mutate();
        }}
      >
        <TextField label={t("people.reason")} value={reason} onChange={setReason} isFirst />
        <Refusal error={ending.error} />
        <Button type="submit" kind="danger" size="large" disabled={ending.isPending}>
          {t("people.end")}
        </Button>
      </form>
    </Dialog>
  );
}
