import { useMutation } from "@tanstack/react-query";
import { Ticket } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useLocale } from "../../i18n/useLocale";
import { useScan, useStation } from "../../station/StationContext";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Refusal } from "../../ui/states";
import { labelOf } from "../../ui/reasons";
import { useBasket } from "./BasketContext";
import { showVoucher } from "./queries";

/** Longer than the longest code, with the spaces that people put in. */
const LONGEST_TYPED = 60;

/** A voucher is shown: its code is typed or scanned. */
export function VoucherDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("station");
  const { notify } = useStation();
  const locale = useLocale();
  const { basket, showVoucher: show } = useBasket();
  const [code, setCode] = useState("");
  const send = useMutation({
    mutationFn: (typed: string) => showVoucher(basket, typed),
    onSuccess: (voucher) => {
      show(voucher);
      notify({ tone: "note", text: t("voucher.shown", { name: labelOf(voucher, locale) }) });
      onClose();
    },
  });
  const ask = (typed: string) => !send.isPending && send.mutate(typed);
  useScan((scanned) => {
    setCode(scanned);
    ask(scanned);
  });
  const missing = code.trim() === "" ? t("voucher.missing") : null;
  return (
    <Dialog title={t("voucher.title")} description={t("voucher.hint")} onClose={onClose} isBusy={send.isPending}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (missing === null) ask(code.trim());
        }}
      >
        <label className="font-semibold">
          {t("voucher.code")}
          <input
            // Not by an effect: the dialog is there only after the effects of this component.
            autoFocus
            type="text"
            autoCapitalize="characters"
            autoComplete="off"
            spellCheck={false}
            maxLength={LONGEST_TYPED}
            value={code}
            onChange={(event) => setCode(event.target.value)}
            className="mt-1 min-h-12 w-full rounded-field border border-edge bg-surface px-3 font-normal uppercase placeholder:text-faint"
          />
        </label>
        <Refusal error={send.error} />
        <Button type="submit" kind="primary" size="large" blocked={missing} disabled={send.isPending} icon={<Ticket aria-hidden className="size-5" />}>
          {t("voucher.apply")}
        </Button>
      </form>
    </Dialog>
  );
}
