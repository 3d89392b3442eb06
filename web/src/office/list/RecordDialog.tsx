import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";

import type { Category } from "../../api/cloud";
import { newId } from "../../api/id";
import { Problem } from "../../api/problem";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Refusal } from "../../ui/states";
import { changes } from "../catalog/queries";
import { treeOf } from "../catalog/tree";
import { SelectField } from "../ui/SelectField";
import { TextField } from "../ui/TextField";
import { ChangeList } from "./ChangeList";
import { Conflict } from "./Conflict";
import { bodyOf, draftOf, missing, type Draft } from "./draft";
import { fresh, kindOf, type Field, type KindName, type Row } from "./kinds";
import { listKey } from "./queries";

const EDITED = "catalog.edited_meanwhile";

interface RecordDialogProps {
  kind: KindName;
  row: Row | undefined;
  /** All of the kind that are known, for what is above what. */
  rows: Row[];
  mayManage: boolean;
  onClose: () => void;
}

/** One thing of a list: what it is, and who changed it. */
export function RecordDialog({ kind, row, rows, mayManage, onClose }: RecordDialogProps) {
  const { t } = useTranslation("office");
  const client = useQueryClient();
  const { fields, put } = kindOf(kind);
  const [id] = useState(() => row?.id ?? newId());
  const [seen, setSeen] = useState(row);
  const [draft, setDraft] = useState<Draft>(() => draftOf(fields, row));
  const [theirs, setTheirs] = useState<Row>();
  const history = useQuery({ ...changes(id), enabled: row !== undefined });
  const saving = useMutation({
    mutationFn: (over: Row | undefined) => put(id, bodyOf(fields, draft, over)),
    onSuccess: () => {
      for (const key of [listKey(kind), ["categories"], ["taxes"], ["price-lists"], ["catalog-changes", id]]) void client.invalidateQueries({ queryKey: key });
      onClose();
    },
    onError: async (error) => {
      if (seen && error instanceof Problem && error.code === EDITED) setTheirs(await fresh(kind, seen));
    },
  });
  const lacking = missing(fields, draft);
  const blocked = () => {
    if (!mayManage) return t("lists.mayNot");
    return lacking.length > 0 ? t("lists.missing", { fields: lacking.map(({ name }) => t(`lists.fields.${name}`)).join(", ") }) : null;
  };
  const shown = useShown(rows);
  const theirDraft = theirs && draftOf(fields, theirs);
  return (
    <Dialog title={row?.name ?? t(`lists.add.${kind}`)} onClose={onClose} isBusy={saving.isPending} className="sm:max-w-xl">
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (blocked() === null && !saving.isPending) saving.mutate(seen);
        }}
      >
        {theirs && theirDraft && (
          <Conflict
            by={String(saving.error instanceof Problem ? (saving.error.figures["by"] ?? "") : "")}
            differences={fields
              .filter(({ name }) => theirDraft[name] !== draft[name])
              .map((field) => ({ name: field.name, label: t(`lists.fields.${field.name}`), mine: shown(field, draft[field.name]), theirs: shown(field, theirDraft[field.name]) }))}
            isBusy={saving.isPending}
            onMine={() => saving.mutate(theirs)}
            onTheirs={() => {
              setSeen(theirs);
              setDraft(theirDraft);
              setTheirs(undefined);
              saving.reset();
            }}
          />
        )}
        <div className="grid gap-4 sm:grid-cols-2">
          {fields.map((field, place) => (
            <FieldInput
              key={field.name}
              field={field}
              isFirst={place === 0 && !row}
              isFixed={row !== undefined && field.isFixed === true}
              value={draft[field.name] ?? ""}
              above={field.input === "parent" ? rows.filter((one) => one.id !== id) : []}
              onChange={(value) => setDraft({ ...draft, [field.name]: value })}
            />
          ))}
        </div>
        {!theirs && <Refusal error={saving.error} />}
        {!theirs && (
          <Button type="submit" kind="primary" size="large" disabled={saving.isPending} blocked={blocked()}>
            {t("people.save")}
          </Button>
        )}
      </form>
      {row && (
        <section aria-label={t("catalog.history")} className="mt-5 border-t border-line pt-3">
          <h2 className="font-semibold">{t("catalog.history")}</h2>
          <ChangeList
            list={history}
            nameOf={(field, value) => {
              const known = fields.find(({ name }) => name === field);
              return known && shown(known, draftOf([known], { id, version: 0, name: "", [field]: value })[field]);
            }}
          />
        </section>
      )}
    </Dialog>
  );
}

/** What is typed, in words. */
function useShown(rows: Row[]) {
  const { t } = useTranslation("office");
  return ({ input }: Field, value: string | boolean | undefined): string => {
    if (typeof value === "boolean") return t(value ? "lists.yes" : "lists.no");
    if (input === "parent") return rows.find(({ id }) => id === value)?.name ?? (value ? String(value) : t("lists.top"));
    if (input === "percent") return `${value ?? ""} %`;
    return (value ?? "").replace("T", " ");
  };
}

interface FieldInputProps {
  field: Field;
  isFirst: boolean;
  isFixed: boolean;
  value: string | boolean;
  above: Row[];
  onChange: (value: string | boolean) => void;
}

function FieldInput({ field, isFirst, isFixed, value, above, onChange }: FieldInputProps) {
  const { t } = useTranslation("office");
  const id = useId();
  const label = t(`lists.fields.${field.name}`);
  const hint = field.hint && t(`lists.hints.${field.hint}`);
  if (typeof value === "boolean") {
    return (
      <label className="flex min-h-12 cursor-pointer items-center gap-3 self-end">
        <input type="checkbox" checked={value} disabled={isFixed} onChange={(event) => onChange(event.target.checked)} className="size-5 shrink-0 accent-pine" />
        <span>
          {label}
          {hint && <span className="block text-sm text-faint">{hint}</span>}
        </span>
      </label>
    );
  }
  if (field.input === "parent") {
    const tree = treeOf(above as unknown as Category[]);
    return (
      <SelectField
        label={label}
        value={value}
        options={[["", t("lists.top")], ...tree.map((one): [string, string] => [one.id, one.path])]}
        onChange={onChange}
      />
    );
  }
  if (field.input === "instant") {
    return (
      <div>
        <label htmlFor={id} className="mb-1 block font-medium text-soft">
          {label}
        </label>
        <input
          id={id}
          type="datetime-local"
          value={value}
          onChange={(event) => onChange(event.target.value)}
          aria-describedby={hint ? `${id}-hint` : undefined}
          className="min-h-12 w-full rounded-field border border-edge bg-surface px-3"
        />
        {hint && (
          <p id={`${id}-hint`} className="mt-1 text-sm text-faint">
            {hint}
          </p>
        )}
      </div>
    );
  }
  return <TextField label={label} value={value} onChange={onChange} isFirst={isFirst} isMono={field.name === "code"} isReadOnly={isFixed} {...(hint && { hint })} />;
}
