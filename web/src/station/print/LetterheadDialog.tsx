import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Letterhead } from "../../api/edge";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Failure, Refusal, Skeleton } from "../../ui/states";
import { Field } from "./Field";
import { letterhead, setLetterhead } from "./queries";

/** Tax number and logo at the head of every paper. */
export function LetterheadDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("station");
  const head = useQuery(letterhead);
  return (
    <Dialog title={t("prints.head")} onClose={onClose}>
      {head.isPending && <Skeleton rows={2} />}
      {head.error && <Failure error={head.error} onRetry={() => void head.refetch()} />}
      {head.data && <Form head={head.data} onClose={onClose} />}
    </Dialog>
  );
}

function Form({ head, onClose }: { head: Letterhead; onClose: () => void }) {
  const { t } = useTranslation("station");
  const client = useQueryClient();
  const [taxNumber, setTaxNumber] = useState(head.tax_number ?? "");
  const [logo, setLogo] = useState(head.logo ?? null);
  const save = useMutation({
    mutationFn: () => setLetterhead({ tax_number: taxNumber.trim() || null, logo }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["letterhead"] });
      onClose();
    },
  });
  const read = async (file: File | undefined) => setLogo(file ? await base64(file) : null);
  return (
    <div className="flex flex-col gap-4">
      <Field label={t("prints.taxNumber")} maxLength={30} value={taxNumber} onChange={(event) => setTaxNumber(event.target.value)} />
      {logo && <img src={`data:image/png;base64,${logo}`} alt={t("prints.logo")} className="max-h-40 self-center" />}
      <Field label={t("prints.logo")} hint={t("prints.logoHint")} type="file" accept="image/png" onChange={(event) => void read(event.target.files?.[0])} />
      <Refusal error={save.error} />
      <div className="flex flex-wrap gap-3">
        <Button kind="primary" size="large" className="flex-1" disabled={save.isPending} onClick={() => save.mutate()}>
          {t("save", { ns: "common" })}
        </Button>
        {logo && (
          <Button size="large" disabled={save.isPending} onClick={() => setLogo(null)}>
            {t("prints.noLogo")}
          </Button>
        )}
      </div>
    </div>
  );
}

/** A file as the API takes it. */
async function base64(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
