import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Pause } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { newId } from "../../api/id";
import { insist } from "../../api/insist";
import { useShift, useStation } from "../../station/StationContext";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Refusal } from "../../ui/states";
import { useNoScan } from "../shortage/FoundStep";
import { toLines, whose } from "./basket";
import { useBasket } from "./BasketContext";
import { parkBasket, parkedBaskets } from "./queries";

/** The longest name that is kept with a basket. */
const LONGEST_NAME = 80;

/** The basket waits, for any till of the shop, under a name that finds it again. */
export function ParkDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("station");
  const { notify } = useStation();
  const shift = useShift();
  const client = useQueryClient();
  const { basket, leave } = useBasket();
  const [name, setName] = useState("");
  const send = useMutation({
    mutationFn: () => {
      const id = newId();
      const body = { sale_id: basket.sale, shift_id: shift.id, name: name.trim(), ...whose(basket), lines: toLines(basket) };
      return insist(() => parkBasket(id, body), () => undefined);
    },
    onSuccess: () => {
      leave();
      void client.invalidateQueries({ queryKey: parkedBaskets.queryKey });
      notify({ tone: "note", text: name.trim() === "" ? t("parked.done") : t("parked.doneAs", { name: name.trim() }) });
      onClose();
    },
  });
  useNoScan();
  return (
    <Dialog title={t("parked.park")} description={t("parked.hint")} onClose={onClose} isBusy={send.isPending}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (!send.isPending) send.mutate();
        }}
      >
        <label className="font-semibold">
          {t("parked.name")}
          <input
            // Not by an effect: the dialog is there only after the effects of this component.
            autoFocus
            type="text"
            maxLength={LONGEST_NAME}
            placeholder={t("parked.nameHint")}
            value={name}
            onChange={(event) => setName(event.target.value)}
            className="mt-1 min-h-12 w-full rounded-field border border-edge bg-surface px-3 font-normal placeholder:text-faint"
          />
        </label>
        <Refusal error={send.error} />
        <Button type="submit" kind="primary" size="large" disabled={send.isPending} icon={<Pause aria-hidden className="size-5" />}>
          {t("parked.park")}
        </Button>
      </form>
    </Dialog>
  );
}
