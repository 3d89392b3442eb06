import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { PermissionInfo, Role, RolePermission } from "../../api/cloud";
import { useMoney } from "../../format/CurrencyContext";
import { paths } from "../../paths";
import { Button } from "../../ui/Button";
import { Failure, Refusal, Skeleton } from "../../ui/states";
import { mayEverywhere, useSession } from "../session/SessionContext";
import { AskedNote } from "../approval/AskedNote";
import { BackLink } from "../ui/BackLink";
import { Card, PageHead } from "../ui/PageHead";
import { TextField } from "../ui/TextField";
import { usePermissionName } from "../ui/usePermissionName";
import { permissions as permissionsQuery, putRole, roles as rolesQuery } from "./queries";

/** One role: what it is called and what it may do. A new one has an id that nobody knows yet. */
export function RolePage() {
  const { t } = useTranslation("office");
  const { id = "" } = useParams({ strict: false }) as { id?: string };
  const session = useSession();
  const list = useQuery(rolesQuery);
  const known = useQuery(permissionsQuery);
  const role = list.data?.find((one) => one.id === id);
  const error = list.error ?? known.error;
  return (
    <>
      <BackLink href={paths.office.roles()} label={t("roles.title")} />
      <PageHead title={role?.name ?? t("roles.new")} hint={t(mayEverywhere(session, "role.manage") ? "roles.changeHint" : "people.mayNot")} />
      {(list.isPending || known.isPending) && <Skeleton rows={8} />}
      {error && !(list.data && known.data) && <Failure error={error} onRetry={() => void Promise.all([list.refetch(), known.refetch()])} />}
      {list.data && known.data && <RoleForm key={id} id={id} role={role} permissions={known.data} />}
    </>
  );
}

type Chosen = Record<string, RolePermission>;

function RoleForm({ id, role, permissions }: { id: string; role: Role | undefined; permissions: PermissionInfo[] }) {
  const { t } = useTranslation("office");
  const session = useSession();
  const client = useQueryClient();
  const [code, setCode] = useState(role?.code ?? "");
  const [name, setName] = useState(role?.name ?? "");
  const [description, setDescription] = useState(role?.description ?? "");
  const [days, setDays] = useState(role?.offline_days?.toString() ?? "");
  const [isAsked, setAsked] = useState(role?.second_factor ?? false);
  const [reason, setReason] = useState("");
  const [chosen, setChosen] = useState<Chosen>(() => Object.fromEntries((role?.permissions ?? []).map((one) => [one.code, one])));
  const saving = useMutation({
    mutationFn: () =>
      putRole(id, {
        code: code.trim(),
        name: name.trim(),
        description: description.trim(),
        permissions: Object.values(chosen),
        offline_days: days === "" ? null : Number(days),
        second_factor: isAsked,
        reason: reason.trim(),
      }),
    onSuccess: () => {
      for (const key of ["roles", "people", "person", "effective", "approvals"]) void client.invalidateQueries({ queryKey: [key] });
    },
  });
  const mayChange = mayEverywhere(session, "role.manage");
  const missing = () => {
    if (!mayChange) return t("people.mayNot");
    if (!/^[a-z][a-z0-9_]*$/.test(code.trim())) return t("roles.codeRule");
    return name.trim() ? null : t("people.nameMissing");
  };
  return (
    <form
      className="flex flex-col gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        if (missing() === null && !saving.isPending) saving.mutate();
      }}
    >
      <Card>
        <div className="grid gap-4 p-5 sm:grid-cols-2">
          <TextField label={t("roles.name")} value={name} onChange={setName} isFirst={!role} isReadOnly={!mayChange} />
          <TextField label={t("roles.code")} hint={t("roles.codeRule")} value={code} onChange={setCode} isMono isReadOnly={!mayChange} />
          <TextField label={t("roles.description")} value={description} onChange={setDescription} isReadOnly={!mayChange} />
          <TextField label={t("roles.offlineDays")} hint={t("roles.offlineHint")} value={days} onChange={(text) => setDays(text.replace(/\D/g, ""))} isReadOnly={!mayChange} />
          <label className="flex min-h-12 cursor-pointer items-center gap-3 sm:col-span-2">
            <input type="checkbox" checked={isAsked} disabled={!mayChange} onChange={(event) => setAsked(event.target.checked)} className="size-5 shrink-0 accent-pine" />
            <span>
              {t("roles.secondFactor")}
              <span className="block text-sm text-faint">{t("roles.secondFactorHint")}</span>
            </span>
          </label>
        </div>
      </Card>
      <Permissions permissions={permissions} chosen={chosen} onChange={setChosen} isReadOnly={!mayChange} />
      <Card>
        <div className="flex flex-col gap-4 p-5">
          {mayChange && <TextField label={t("people.reason")} value={reason} onChange={setReason} />}
          <Refusal error={saving.error} />
          {saving.data === "asked" && <AskedNote />}
          {saving.data === "done" && (
            <p role="status" className="rounded-field bg-pine-wash px-3 py-2.5 font-medium text-pine">
              {t("roles.saved")}
            </p>
          )}
          <Button type="submit" kind="primary" size="large" disabled={saving.isPending} blocked={missing()}>
            {t("people.save")}
          </Button>
        </div>
      </Card>
    </form>
  );
}

const groupOf = ({ code }: PermissionInfo) => code.split(".")[0] ?? "";

interface PermissionsProps {
  permissions: PermissionInfo[];
  chosen: Chosen;
  onChange: (chosen: Chosen) => void;
  isReadOnly: boolean;
}

function Permissions({ permissions, chosen, onChange, isReadOnly }: PermissionsProps) {
  const { t } = useTranslation("office");
  const groups = [...new Set(permissions.map(groupOf))];
  const toggle = (code: string) => {
    const { [code]: before, ...others } = chosen;
    onChange(before ? others : { ...chosen, [code]: { code } });
  };
  return (
    <div className="grid items-start gap-5 md:grid-cols-2 xl:grid-cols-3">
      {groups.map((group) => (
        <fieldset key={group} className="min-w-0 rounded-card border border-line bg-surface p-4 shadow-card" disabled={isReadOnly}>
          <legend className="px-1 font-semibold">{t(`roles.group.${group as "sale"}`, { defaultValue: group })}</legend>
          {permissions.filter((one) => groupOf(one) === group).map((permission) => (
            <PermissionRow
              key={permission.code}
              permission={permission}
              given={chosen[permission.code]}
              onToggle={() => toggle(permission.code)}
              onLimit={(limited) => onChange({ ...chosen, [permission.code]: limited })}
            />
          ))}
        </fieldset>
      ))}
    </div>
  );
}

interface PermissionRowProps {
  permission: PermissionInfo;
  given: RolePermission | undefined;
  onToggle: () => void;
  onLimit: (limited: RolePermission) => void;
}

function PermissionRow({ permission, given, onToggle, onLimit }: PermissionRowProps) {
  const { t } = useTranslation("office");
  const name = usePermissionName();
  const { currency } = useMoney();
  const scale = permission.limit === "minor" ? 10 ** currency.exponent : 100;
  const limit = permission.limit === "minor" ? given?.max_minor : given?.max_bps;
  const setLimit = (text: string) => {
    const value = text === "" ? null : Math.round(Number(text) * scale);
    onLimit(permission.limit === "minor" ? { code: permission.code, max_minor: value } : { code: permission.code, max_bps: value });
  };
  return (
    <div className="py-0.5">
      <label className="flex min-h-12 cursor-pointer items-center gap-3">
        <input type="checkbox" checked={given !== undefined} onChange={onToggle} className="size-5 shrink-0 accent-pine" />
        <span>
          {name(permission.code)}
          {permission.scope === "chain" && <span className="block text-sm text-faint">{t("roles.chainOnly")}</span>}
        </span>
      </label>
      {given && permission.limit && (
        <label className="ml-8 flex flex-wrap items-center gap-2 text-sm text-soft">
          {t(permission.limit === "minor" ? "roles.limitAmount" : "roles.limitPercent")}
          <input
            type="number"
            min={0}
            step="any"
            value={typeof limit === "number" ? limit / scale : ""}
            placeholder={t("roles.noLimit")}
            onChange={(event) => setLimit(event.target.value)}
            className="min-h-12 w-32 rounded-field border border-edge bg-surface px-3 text-base text-ink"
          />
        </label>
      )}
    </div>
  );
}
