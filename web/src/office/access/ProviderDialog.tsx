import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { IdentityProvider } from "../../api/cloud";
import { newId } from "../../api/id";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Refusal } from "../../ui/states";
import { useRoleOptions } from "../role/useRoleOptions";
import { PasswordField } from "../session/PasswordField";
import { SelectField } from "../ui/SelectField";
import { TextField } from "../ui/TextField";
import { Groups } from "./Groups";
import { putProvider, removeProvider, type ProviderChange } from "./queries";

const EMPTY: ProviderChange = {
  code: "",
  name: "",
  issuer: "https://",
  client_id: "",
  realm: "staff",
  unknown: "invitation",
  default_role: null,
  domains: [],
  scopes: ["email", "profile"],
  active: true,
};

/** Sets up one provider: what it told us, and what happens to people whom nobody knows yet. */
export function ProviderDialog({ provider, onClose }: { provider?: IdentityProvider; onClose: () => void }) {
  const { t } = useTranslation("office");
  const client = useQueryClient();
  const roleOptions = useRoleOptions(t("people.chooseRole"));
  const [id] = useState(() => provider?.id ?? newId());
  const [body, setBody] = useState<ProviderChange>(() => (provider ? changeOf(provider) : EMPTY));
  const [secret, setSecret] = useState("");
  const change = (part: Partial<ProviderChange>) => setBody({ ...body, ...part });
  const done = () => {
    void client.invalidateQueries({ queryKey: ["providers"] });
    onClose();
  };
  const saving = useMutation({ mutationFn: () => putProvider(id, { ...body, ...(secret && { client_secret: secret }) }), onSuccess: done });
  const removing = useMutation({ mutationFn: () => removeProvider(id), onSuccess: done });
  const missing = () => {
    if (!/^[a-z][a-z0-9-]*$/.test(body.code)) return t("providers.codeRule");
    if (!body.name.trim() || !body.client_id.trim()) return t("people.nameMissing");
    if (body.group_claim && (body.groups ?? []).some(({ group, role }) => !group.trim() || !role)) return t("providers.groupMissing");
    return body.realm === "staff" && body.unknown === "create" && !body.default_role ? t("people.chooseRole") : null;
  };
  const isBusy = saving.isPending || removing.isPending;
  return (
    <Dialog title={t(provider ? "providers.change" : "providers.new")} onClose={onClose} isBusy={isBusy} className="sm:max-w-xl">
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (missing() === null && !isBusy) saving.mutate();
        }}
      >
        <TextField label={t("providers.name")} hint={t("providers.nameHint")} value={body.name} onChange={(name) => change({ name })} isFirst />
        <TextField label={t("providers.code")} hint={t("providers.codeRule")} value={body.code} onChange={(code) => change({ code })} isMono />
        <TextField label={t("providers.issuer")} hint={t("providers.issuerHint")} value={body.issuer} onChange={(issuer) => change({ issuer })} isMono />
        <TextField label={t("providers.clientId")} value={body.client_id} onChange={(client_id) => change({ client_id })} isMono />
        <Secret has={provider?.has_secret ?? false} value={secret} onChange={setSecret} />
        <SelectField
          label={t("providers.realm")}
          value={body.realm}
          options={[
            ["staff", t("providers.realms.staff")],
            ["customer", t("providers.realms.customer")],
          ]}
          onChange={(realm) => change({ realm: realm as "staff" })}
        />
        <SelectField
          label={t("providers.unknown")}
          value={body.unknown}
          options={(["refuse", "invitation", "create"] as const).map((one): [string, string] => [one, t(`providers.unknowns.${one}`)])}
          onChange={(unknown) => change({ unknown: unknown as "refuse" })}
        />
        {body.unknown === "create" && body.realm === "staff" && (
          <SelectField
            label={t("providers.defaultRole")}
            hint={t("providers.defaultHint")}
            value={body.default_role ?? ""}
            options={roleOptions}
            onChange={(role) => change({ default_role: role || null })}
          />
        )}
        <WordsField label={t("providers.domains")} hint={t("providers.domainsHint")} words={body.domains} onChange={(domains) => change({ domains })} />
        <WordsField label={t("providers.scopes")} hint={t("providers.scopesHint")} words={body.scopes ?? []} onChange={(scopes) => change({ scopes })} />
        {body.realm === "staff" && (
          <>
            <TextField
              label={t("providers.groupClaim")}
              hint={t("providers.groupHint")}
              value={body.group_claim ?? ""}
              onChange={(claim) => change({ group_claim: claim || null })}
              isMono
            />
            {body.group_claim && <Groups groups={body.groups ?? []} onChange={(groups) => change({ groups })} />}
          </>
        )}
        <label className="flex min-h-12 items-center gap-3 font-medium">
          <input type="checkbox" checked={body.active} onChange={() => change({ active: !body.active })} className="size-5 accent-pine" />
          {t("channels.active")}
        </label>
        <Refusal error={saving.error ?? removing.error} />
        <div className="flex flex-wrap gap-3">
          <Button type="submit" kind="primary" size="large" className="flex-1" disabled={isBusy} blocked={missing()}>
            {t("people.save")}
          </Button>
          {provider && (
            <Button kind="danger" size="large" disabled={isBusy} onClick={() => removing.mutate()}>
              {t("providers.remove")}
            </Button>
          )}
        </div>
      </form>
    </Dialog>
  );
}

/** Several words in one line; what is typed stays as it is typed. */
function WordsField({ label, hint, words, onChange }: { label: string; hint: string; words: string[]; onChange: (words: string[]) => void }) {
  const [text, setText] = useState(() => words.join(", "));
  const type = (typed: string) => {
    setText(typed);
    onChange(typed.split(/[\s,]+/).filter(Boolean));
  };
  return <TextField label={label} hint={hint} value={text} onChange={type} isMono />;
}

function Secret({ has, value, onChange }: { has: boolean; value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation("office");
  return (
    <div>
      <PasswordField label={t("providers.secret")} value={value} onChange={onChange} isNew isOptional />
      <p className="mt-1 text-sm text-faint">{t(has ? "providers.secretKept" : "providers.secretHint")}</p>
    </div>
  );
}

const changeOf = ({ code, name, issuer, client_id, realm, unknown, default_role, domains, scopes, group_claim, groups, active }: IdentityProvider): ProviderChange => ({
  code,
  name,
  issuer,
  client_id,
  realm,
  unknown,
  default_role: default_role ?? null,
  domains,
  scopes,
  group_claim: group_claim ?? null,
  groups,
  active,
});
