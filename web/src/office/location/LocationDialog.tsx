import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { LocationRecord } from "../../api/cloud";
import { newId } from "../../api/id";
import { Problem } from "../../api/problem";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Refusal } from "../../ui/states";
import { ChangeList } from "../list/ChangeList";
import { Conflict } from "../list/Conflict";
import { SelectField } from "../ui/SelectField";
import { TextField } from "../ui/TextField";
import { locationChanges, locationRecords, putLocation, type LocationBody } from "./queries";

const EDITED = "catalog.edited_meanwhile";
const KINDS = ["shop", "buying_station", "warehouse"] as const;
const FIELDS = ["code", "name", "kind", "time_zone", "address", "closed", "registers"] as const;
type Content = Required<Omit<LocationBody, "version">>;
type Register = Content["registers"][number];

const here = () => new Intl.DateTimeFormat().resolvedOptions().timeZone;
const contentOf = (record: LocationRecord | undefined): Content => ({
  code: record?.code ?? "",
  name: record?.name ?? "",
  kind: record?.kind ?? "shop",
  time_zone: record?.time_zone ?? here(),
  address: record?.address ?? "",
  closed: record?.closed ?? false,
  registers: record?.registers ?? [],
});

/** One branch with its registers, and who changed it. */
export function LocationDialog({ record, onClose }: { record?: LocationRecord; onClose: () => void }) {
  const { t } = useTranslation("office");
  const client = useQueryClient();
  const [id] = useState(() => record?.id ?? newId());
  const [seen, setSeen] = useState(record);
  const [draft, setDraft] = useState(() => contentOf(record));
  const [theirs, setTheirs] = useState<LocationRecord>();
  const history = useQuery({ ...locationChanges(id), enabled: record !== undefined });
  const change = (part: Partial<Content>) => setDraft({ ...draft, ...part });
  const saving = useMutation({
    mutationFn: (over: LocationRecord | undefined) => putLocation(id, { ...draft, version: over?.version ?? null }),
    onSuccess: () => {
      for (const key of ["locations", "location-changes", "session"]) void client.invalidateQueries({ queryKey: [key] });
      onClose();
    },
    onError: async (error) => {
      if (!seen || !(error instanceof Problem) || error.code !== EDITED) return;
      await client.invalidateQueries({ queryKey: locationRecords.queryKey });
      setTheirs((await client.fetchQuery(locationRecords)).find((one) => one.id === id));
    },
  });
  const blocked = () => {
    const lacking = (["name", "code"] as const).filter((field) => !draft[field].trim());
    if (draft.registers.some(({ name, prefix }) => !name.trim() || !prefix.trim())) return t("lists.missing", { fields: t("lists.fields.registers") });
    return lacking.length > 0 ? t("lists.missing", { fields: lacking.map((field) => t(`lists.fields.${field}`)).join(", ") }) : null;
  };
  const said = (value: unknown, field: string): string => {
    if (field === "closed") return t(value ? "lists.yes" : "lists.no");
    if (field === "kind") return t(`places.kinds.${value as "shop"}`);
    if (field === "registers") return (value as Register[] | undefined)?.map(({ name, prefix, active }) => `${name} (${prefix})${active ? "" : " –"}`).join(", ") ?? "";
    return String(value ?? "");
  };
  const theirContent = theirs && contentOf(theirs);
  return (
    <Dialog title={record?.name ?? t("places.new")} onClose={onClose} isBusy={saving.isPending} className="sm:max-w-2xl">
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (blocked() === null && !saving.isPending) saving.mutate(seen);
        }}
      >
        {theirs && theirContent && (
          <Conflict
            by={String(saving.error instanceof Problem ? (saving.error.figures["by"] ?? "") : "")}
            differences={FIELDS.map((name) => ({ name, label: t(`lists.fields.${name}`), mine: said(draft[name], name), theirs: said(theirContent[name], name) })).filter(
              ({ mine, theirs: other }) => mine !== other,
            )}
            isBusy={saving.isPending}
            onMine={() => saving.mutate(theirs)}
            onTheirs={() => {
              setSeen(theirs);
              setDraft(theirContent);
              setTheirs(undefined);
              saving.reset();
            }}
          />
        )}
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField label={t("lists.fields.name")} value={draft.name} onChange={(name) => change({ name })} isFirst={!record} />
          <TextField label={t("lists.fields.code")} value={draft.code} onChange={(code) => change({ code })} isMono />
          {record ? (
            <TextField label={t("lists.fields.kind")} value={t(`places.kinds.${draft.kind}`)} onChange={() => undefined} isReadOnly />
          ) : (
            <SelectField
              label={t("lists.fields.kind")}
              value={draft.kind}
              options={KINDS.map((kind): [string, string] => [kind, t(`places.kinds.${kind}`)])}
              onChange={(kind) => change({ kind: kind as Content["kind"] })}
            />
          )}
          <SelectField
            label={t("lists.fields.time_zone")}
            value={draft.time_zone}
            options={[...new Set([draft.time_zone, ...Intl.supportedValuesOf("timeZone")])].map((zone): [string, string] => [zone, zone])}
            onChange={(time_zone) => change({ time_zone })}
          />
        </div>
        <TextField label={t("lists.fields.address")} value={draft.address} onChange={(address) => change({ address })} />
        <Registers registers={draft.registers} kept={record?.registers ?? []} onChange={(registers) => change({ registers })} />
        {record && (
          <Check label={t("lists.fields.closed")} hint={t("places.close")} isSet={draft.closed} onChange={(closed) => change({ closed })} />
        )}
        {!theirs && <Refusal error={saving.error} />}
        {!theirs && (
          <Button type="submit" kind="primary" size="large" disabled={saving.isPending} blocked={blocked()}>
            {t("people.save")}
          </Button>
        )}
      </form>
      {record && (
        <section aria-label={t("catalog.history")} className="mt-5 border-t border-line pt-3">
          <h2 className="font-semibold">{t("catalog.history")}</h2>
          <ChangeList list={history} nameOf={(field, value) => said(value, field)} />
        </section>
      )}
    </Dialog>
  );
}

interface RegistersProps {
  registers: Register[];
  /** Those that receipts may name: their prefix stays. */
  kept: Register[];
  onChange: (registers: Register[]) => void;
}

function Registers({ registers, kept, onChange }: RegistersProps) {
  const { t } = useTranslation("office");
  const put = (id: string, part: Partial<Register>) => onChange(registers.map((one) => (one.id === id ? { ...one, ...part } : one)));
  return (
    <fieldset className="flex flex-col gap-3 rounded-field border border-line p-3">
      <legend className="px-1 font-medium text-soft">{t("lists.fields.registers")}</legend>
      {registers.map((register, place) => {
        const number = place + 1;
        return (
          <div key={register.id} role="group" aria-label={t("places.register", { number })} className="grid items-end gap-3 sm:grid-cols-[1fr_10rem_auto]">
            <TextField label={t("places.registerName", { number })} value={register.name} onChange={(name) => put(register.id, { name })} />
            <TextField
              label={t("places.prefix", { number })}
              value={register.prefix}
              onChange={(prefix) => put(register.id, { prefix })}
              isMono
              isReadOnly={kept.some(({ id }) => id === register.id)}
            />
            <Check label={t("places.inUse")} isSet={register.active} onChange={(active) => put(register.id, { active })} />
          </div>
        );
      })}
      <Button
        icon={<Plus aria-hidden className="size-5" />}
        className="self-start"
        onClick={() => onChange([...registers, { id: newId(), name: "", prefix: "", active: true }])}
      >
        {t("places.addRegister")}
      </Button>
    </fieldset>
  );
}

function Check({ label, hint, isSet, onChange }: { label: string; hint?: string; isSet: boolean; onChange: (isSet: boolean) => void }) {
  return (
    <label className="flex min-h-12 cursor-pointer items-center gap-3">
      <input type="checkbox" checked={isSet} onChange={(event) => onChange(event.target.checked)} className="size-5 shrink-0 accent-pine" />
      <span>
        {label}
        {hint && isSet && <span className="block text-sm text-faint">{hint}</span>}
      </span>
    </label>
  );
}
