import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { CashRules } from "../../api/edge";
import { useMoney } from "../../format/CurrencyContext";
import { parseEntry, toEntry } from "../../format/entry";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Refusal } from "../../ui/states";
import { Field, Pick } from "../print/Field";
import { setTill } from "./queries";

const LOCKS = [0, 60, 120, 300, 900];

/** When the tills of the shop lock, and which difference of a drawer needs a reason. */
export function SettingDialog({ rules, onClose }: { rules: CashRules; onClose: () => void }) {
  const { t } = useTranslation("station");
  const { currency } = useMoney();
  const client = useQueryClient();
  const [lock, setLock] = useState(String(rules.lock_after_s));
  const [above, setAbove] = useState(toEntry(rules.reason_above_minor, currency.exponent));
  const least = parseEntry(above, currency.exponent);
  const save = useMutation({
    mutationFn: () => setTill(Number(lock), least),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["cash"] });
      onClose();
    },
  });
  const options = [...new Set([...LOCKS, rules.lock_after_s])].toSorted((one, other) => one - other);
  return (
    <Dialog title={t("cash.setting.title")} onClose={onClose} isBusy={save.isPending}>
      <div className="flex flex-col gap-4">
        <Pick
          label={t("cash.setting.lock")}
          value={lock}
          options={options.map((seconds) => [String(seconds), seconds === 0 ? t("cash.setting.never") : t("cash.setting.minutes", { count: Math.ceil(seconds / 60) })])}
          onChange={setLock}
        />
        <Field
          label={t("cash.setting.above", { currency: currency.code })}
          hint={t("cash.setting.aboveHint")}
          inputMode="decimal"
          value={above}
          onChange={(event) => setAbove(event.target.value)}
        />
        <Refusal error={save.error} />
        <Button kind="primary" size="large" disabled={save.isPending} blocked={least === null ? t("cash.missing.amount") : null} onClick={() => save.mutate()}>
          {t("save", { ns: "common" })}
        </Button>
      </div>
    </Dialog>
  );
}
