import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Patron } from "../../api/cloud";
import { newId } from "../../api/id";
import { useLocale } from "../../i18n/useLocale";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Refusal } from "../../ui/states";
import { partsOf } from "../catalog/draft";
import { SelectField } from "../ui/SelectField";
import { TextField } from "../ui/TextField";
import { said } from "./PatronsPage";
import { putPatron } from "./queries";

const ANSWERS = { unasked: null, yes: true, no: false } as const;

const DAYS = Array.from({ length: 31 }, (_, at): [string, string] => [String(at + 1), String(at + 1)]);

/** A leap year: every birthday is in it. */
const ANY_YEAR = 2000;

const months = (locale: string) =>
  Array.from({ length: 12 }, (_, at): [string, string] => [String(at + 1), new Intl.DateTimeFormat(locale, { month: "long", timeZone: "UTC" }).format(Date.UTC(ANY_YEAR, at, 1))]);

/** A birthday, without its year. */
export const birthdayOf = ({ month, day }: { month: number; day: number }, locale: string) =>
  new Intl.DateTimeFormat(locale, { month: "long", day: "numeric", timeZone: "UTC" }).format(Date.UTC(ANY_YEAR, month - 1, day));

/** Who a customer is, to be entered or put right. */
export function PatronDialog({ patron, onClose }: { patron?: Patron; onClose: () => void }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const client = useQueryClient();
  const [id] = useState(() => patron?.id ?? newId());
  const [draft, setDraft] = useState({
    name: patron?.name ?? "",
    phone: patron?.phone ?? "",
    email: patron?.email ?? "",
    note: patron?.note ?? "",
    marketing: said(patron?.marketing),
    segments: (patron?.segments ?? []).join(", "),
    month: patron?.birthday ? String(patron.birthday.month) : "",
    day: patron?.birthday ? String(patron.birthday.day) : "",
  });
  const change = (part: Partial<typeof draft>) => setDraft({ ...draft, ...part });
  const saving = useMutation({
    mutationFn: () =>
      putPatron(id, {
        version: patron?.version ?? null,
        name: draft.name,
        phone: draft.phone.trim() || null,
        email: draft.email.trim() || null,
        note: draft.note,
        marketing: ANSWERS[draft.marketing],
        segments: partsOf(draft.segments),
        birthday: draft.month && draft.day ? { month: Number(draft.month), day: Number(draft.day) } : null,
      }),
    onSuccess: () => {
      for (const key of ["patrons", "patron"]) void client.invalidateQueries({ queryKey: [key] });
      onClose();
    },
  });
  const words = (["unasked", "yes", "no"] as const).map((answer): [string, string] => [answer, t(`patron.said.${answer}`)]);
  return (
    <Dialog title={patron ? t("patron.edit") : t("patron.add")} onClose={onClose} isBusy={saving.isPending}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (!saving.isPending && draft.name.trim() !== "") saving.mutate();
        }}
      >
        <TextField label={t("patron.name")} value={draft.name} onChange={(name) => change({ name })} isFirst />
        <TextField label={t("patron.phone")} value={draft.phone} onChange={(phone) => change({ phone })} />
        <TextField label={t("patron.email")} value={draft.email} onChange={(email) => change({ email })} />
        <TextField label={t("patron.note")} value={draft.note} onChange={(note) => change({ note })} />
        <TextField label={t("patron.segments")} hint={t("patron.segmentsHint")} value={draft.segments} onChange={(segments) => change({ segments })} />
        <div className="grid grid-cols-2 gap-3">
          <SelectField label={t("patron.birthMonth")} value={draft.month} options={[["", "–"], ...months(locale)]} onChange={(month) => change({ month })} />
          <SelectField label={t("patron.birthDay")} value={draft.day} options={[["", "–"], ...DAYS]} onChange={(day) => change({ day })} />
        </div>
        <SelectField label={t("patron.marketing")} value={draft.marketing} options={words} onChange={(answer) => change({ marketing: answer as keyof typeof ANSWERS })} />
        <Refusal error={saving.error} />
        <Button type="submit" kind="primary" size="large" disabled={saving.isPending || draft.name.trim() === ""}>
          {t("patron.save")}
        </Button>
      </form>
    </Dialog>
  );
}
