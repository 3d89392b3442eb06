import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { KeySquare, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { ApiToken } from "../../api/cloud";
import { formatInstant } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Empty, Failure, Refusal, Skeleton } from "../../ui/states";
import { Code } from "../node/Code";
import { mayEverywhere, useSession } from "../session/SessionContext";
import { Chip } from "../ui/Chip";
import { DataTable, type Column } from "../ui/DataTable";
import { PageHead } from "../ui/PageHead";
import { SelectField } from "../ui/SelectField";
import { TextField } from "../ui/TextField";
import { usePermissionName } from "../ui/usePermissionName";
import { addToken, revokeToken, tokens } from "./queries";

const stateOf = (row: ApiToken, now: number = Date.now()) => {
  if (row.revoked_at) return "revoked";
  return Date.parse(row.expires_at) < now ? "expired" : "active";
};

/** Keys for machines: what each may do, until when, when it was used. */
export function TokensPage() {
  const { t } = useTranslation("office");
  const session = useSession();
  const client = useQueryClient();
  const list = useQuery(tokens(mayEverywhere(session, "token.manage")));
  const [isMaking, setMaking] = useState(false);
  const revoking = useMutation({
    mutationFn: (id: string) => revokeToken(id),
    onSettled: () => client.invalidateQueries({ queryKey: ["tokens"] }),
  });
  const columns = useColumns((id) => revoking.mutate(id), revoking.isPending);
  return (
    <>
      <PageHead title={t("tokens.title")} hint={t("tokens.hint")}>
        <Button kind="primary" icon={<Plus aria-hidden className="size-5" />} onClick={() => setMaking(true)}>
          {t("tokens.new")}
        </Button>
      </PageHead>
      <Refusal error={revoking.error} className="mb-4" />
      {list.isPending && <Skeleton rows={3} />}
      {list.error && !list.data && <Failure error={list.error} onRetry={() => void list.refetch()} />}
      {list.data?.length === 0 && <Empty icon={<KeySquare aria-hidden className="size-7" />} title={t("tokens.empty")} hint={t("tokens.emptyHint")} />}
      {list.data && list.data.length > 0 && <DataTable label={t("tokens.title")} rows={list.data} columns={columns} id={(row) => row.id} />}
      {isMaking && <NewTokenDialog onClose={() => setMaking(false)} />}
    </>
  );
}

function useColumns(onRevoke: (id: string) => void, isBusy: boolean): Column<ApiToken>[] {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const name = usePermissionName();
  const tones = { active: "good", revoked: "bad", expired: "plain" } as const;
  return [
    {
      name: "name",
      header: t("tokens.name"),
      isTitle: true,
      cell: (row) => (
        <>
          {row.name}
          <span className="block text-sm font-normal text-faint">{row.staff_name}</span>
        </>
      ),
    },
    { name: "scopes", header: t("tokens.scopes"), cell: (row) => <span className="text-sm">{row.scopes.map(name).join(", ")}</span> },
    { name: "used", header: t("tokens.used"), cell: (row) => (row.last_used_at ? formatInstant(row.last_used_at, locale) : t("tokens.never")) },
    { name: "expires", header: t("invitations.expires"), cell: (row) => formatInstant(row.expires_at, locale) },
    { name: "state", header: t("people.state"), cell: (row) => <Chip tone={tones[stateOf(row)]}>{t(`tokens.state.${stateOf(row)}`)}</Chip> },
    {
      name: "revoke",
      header: t("tokens.revoke"),
      cell: (row) =>
        stateOf(row) === "active" && (
          <Button kind="quiet" disabled={isBusy} onClick={() => onRevoke(row.id)}>
            {t("tokens.revoke")}
          </Button>
        ),
    },
  ];
}

const DAYS = ["30", "90", "365"] as const;

function NewTokenDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("office");
  const { permissions } = useSession();
  const permissionName = usePermissionName();
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<string[]>([]);
  const [days, setDays] = useState<string>("90");
  const making = useMutation({
    mutationFn: () => addToken(name.trim(), scopes, Number(days)),
    onSuccess: () => void client.invalidateQueries({ queryKey: ["tokens"] }),
  });
  if (making.data) {
    return (
      <Dialog title={making.data.name} onClose={onClose}>
        <Code code={making.data.secret} hint={t("tokens.once")} />
      </Dialog>
    );
  }
  const missing = () => {
    if (!name.trim()) return t("people.nameMissing");
    return scopes.length > 0 ? null : t("tokens.scopesMissing");
  };
  const toggle = (code: string) => setScopes(scopes.includes(code) ? scopes.filter((one) => one !== code) : [...scopes, code]);
  return (
    <Dialog title={t("tokens.new")} description={t("tokens.text")} onClose={onClose} isBusy={making.isPending}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (missing() === null && !making.isPending) making.mutate();
        }}
      >
        <TextField label={t("tokens.name")} value={name} onChange={setName} isFirst />
        <SelectField label={t("tokens.days")} value={days} options={DAYS.map((one): [string, string] => [one, t("tokens.daysCount", { count: Number(one) })])} onChange={setDays} />
        <fieldset className="rounded-field border border-line p-3">
          <legend className="px-1 font-medium text-soft">{t("tokens.scopes")}</legend>
          {permissions.map((code) => (
            <label key={code} className="flex min-h-12 cursor-pointer items-center gap-3">
              <input type="checkbox" checked={scopes.includes(code)} onChange={() => toggle(code)} className="size-5 accent-pine" />
              {permissionName(code)}
            </label>
          ))}
        </fieldset>
        <Refusal error={making.error} />
        <Button type="submit" kind="primary" size="large" disabled={making.isPending} blocked={missing()}>
          {t("tokens.make")}
        </Button>
      </form>
    </Dialog>
  );
}
