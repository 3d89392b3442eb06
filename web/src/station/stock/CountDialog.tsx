import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CircleCheck } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { StockLine } from "../../api/edge";
import { newId } from "../../api/id";
import { parseEntry } from "../../format/entry";
import { formatQuantity, isMeasured, quantityDigits, unitLabel } from "../../format/quantity";
import { useLocale } from "../../i18n/useLocale";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { EntryField } from "../../ui/EntryField";
import { NumberPad } from "../../ui/NumberPad";
import { Refusal } from "../../ui/states";
import { confirmSeq } from "../queries";
import { countShelf } from "./queries";

/** What stands on the shelf is counted without looking at the books; the difference is shown afterwards. */
export function CountDialog({ line, onClose }: { line: StockLine; onClose: () => void }) {
  const { t } = useTranslation("station");
  const locale = useLocale();
  const client = useQueryClient();
  const [id] = useState(newId);
  const [entry, setEntry] = useState("");
  const digits = quantityDigits(line.unit);
  const counted = parseEntry(entry, digits);
  const count = useMutation({
    mutationFn: (quantity: number) => countShelf(id, line.variant_id, quantity),
    onSuccess: (answer) => {
      confirmSeq(client, answer.seq);
      for (const key of ["stock", "products"]) void client.invalidateQueries({ queryKey: [key] });
    },
  });
  const save = () => {
    if (counted !== null && !count.isPending) count.mutate(counted);
  };
  const show = (quantity: number) => formatQuantity(quantity, line.unit, locale);
  const done = count.data?.lines[0];
  return (
    <Dialog title={line.name} description={done ? undefined : t("stock.countHint")} onClose={onClose} isBusy={count.isPending}>
      {done ? (
        <div className="flex flex-col items-center gap-3 text-center">
          <CircleCheck aria-hidden className="size-12 text-pine" />
          <p role="status" className="text-xl font-semibold text-balance">
            {done.difference === 0 ? t("stock.exact") : t(done.difference > 0 ? "stock.more" : "stock.less", { quantity: show(Math.abs(done.difference)) })}
          </p>
          <p className="text-soft">{t("stock.wasExpected", { expected: show(done.expected), counted: show(done.counted) })}</p>
          <Button kind="primary" size="large" className="w-full" onClick={onClose}>
            {t("close", { ns: "common" })}
          </Button>
        </div>
      ) : (
        <div className="flex flex-col gap-4">
          <EntryField
            label={t(isMeasured(line.unit) ? "stock.countedMeasure" : "stock.countedLabel")}
            entry={entry}
            onChange={setEntry}
            digits={digits}
            unit={unitLabel(line.unit, locale)}
            onEnter={save}
            isActive
          />
          <NumberPad entry={entry} onChange={setEntry} digits={digits} onEnter={save} />
          <Refusal error={count.error} />
          <Button kind="primary" size="large" disabled={count.isPending} blocked={counted === null ? t("shortage.count.enter") : null} onClick={save}>
            {t("stock.saveCount")}
          </Button>
        </div>
      )}
    </Dialog>
  );
}
