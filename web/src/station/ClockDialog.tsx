import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { formatInstant } from "../format/when";
import { useLocale } from "../i18n/useLocale";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Refusal } from "../ui/states";
import { confirmClock, type EdgeState } from "./queries";

/** A person compares the computer's time with a watch; selling goes on meanwhile. */
export function ClockDialog({ edge, onClose }: { edge: EdgeState; onClose: () => void }) {
  const { t } = useTranslation("station");
  const locale = useLocale();
  const client = useQueryClient();
  const [isWrong, setWrong] = useState(false);
  const confirm = useMutation({
    mutationFn: confirmClock,
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["edge"] });
      onClose();
    },
  });
  return (
    <Dialog title={t("clock.title")} description={t("clock.hint")} onClose={onClose} isBusy={confirm.isPending}>
      <div className="flex flex-col gap-4">
        <p className="rounded-card bg-night px-5 py-4 text-center text-3xl font-bold text-night-ink">
          {formatInstant(edge.now, locale, edge.location.time_zone)}
        </p>
        {isWrong && <p className="rounded-field bg-amber-wash px-3 py-2.5 text-amber">{t("clock.wrongHint")}</p>}
        <Refusal error={confirm.error} />
        <div className="flex flex-wrap gap-3">
          <Button className="flex-1" size="large" disabled={confirm.isPending} onClick={() => setWrong(true)}>
            {t("clock.wrong")}
          </Button>
          <Button className="flex-1" kind="primary" size="large" disabled={confirm.isPending} onClick={() => confirm.mutate()}>
            {t("clock.right")}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
