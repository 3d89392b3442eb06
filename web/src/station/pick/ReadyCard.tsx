import { useMutation, useQueryClient } from "@tanstack/react-query";
import { HandHelping, Printer } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { PickOrder } from "../../api/edge";
import { newId } from "../../api/id";
import { formatQuantity } from "../../format/quantity";
import { formatInstant } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { PaperRoll } from "../../ui/PaperRoll";
import { printRoll } from "../../ui/print";
import { Refusal } from "../../ui/states";
import { useStation } from "../StationContext";
import { recordHandover } from "./queries";

/** A picked order at the counter: its label, and the hand-over. */
export function ReadyCard({ order, whyNot }: { order: PickOrder; whyNot: string | null }) {
  const { t } = useTranslation("station");
  const locale = useLocale();
  const client = useQueryClient();
  const [id] = useState(newId);
  const [isLabelShown, setLabelShown] = useState(false);
  const handing = useMutation({
    mutationFn: () => recordHandover(order.order_id, id),
    onSettled: () => void client.invalidateQueries({ queryKey: ["picks"] }),
  });
  const picked = order.lines.filter((line) => line.picked > 0);
  return (
    <li className="flex flex-col rounded-card border border-line bg-surface p-4 shadow-card">
      <h3 className="text-xl font-semibold">{t("picks.order", { number: order.order_number })}</h3>
      <p className="text-soft">{order.customer || t("picks.noName")}</p>
      <ul className="my-3 flex flex-col gap-1">
        {picked.map((line) => (
          <li key={line.reservation_id} className="flex justify-between gap-3">
            <span className="min-w-0 wrap-anywhere">{line.name}</span>
            <strong className="shrink-0">{formatQuantity(line.picked, line.unit, locale)}</strong>
          </li>
        ))}
      </ul>
      <Refusal error={handing.error} className="mb-3" />
      <div className="mt-auto flex flex-wrap gap-3">
        <Button icon={<Printer aria-hidden className="size-5" />} onClick={() => setLabelShown(true)}>
          {t("picks.label")}
        </Button>
        <Button
          kind="primary"
          className="flex-1"
          disabled={handing.isPending}
          blocked={whyNot}
          icon={<HandHelping aria-hidden className="size-5" />}
          onClick={() => handing.mutate()}
        >
          {order.customer ? t("picks.handOver", { customer: order.customer }) : t("picks.handOverNobody")}
        </Button>
      </div>
      {isLabelShown && <LabelDialog order={order} onClose={() => setLabelShown(false)} />}
    </li>
  );
}

/** Letters that are read from two metres away. */
function LabelDialog({ order, onClose }: { order: PickOrder; onClose: () => void }) {
  const { t } = useTranslation("station");
  const locale = useLocale();
  const { edge } = useStation();
  return (
    <Dialog title={t("picks.labelOf", { number: order.order_number })} onClose={onClose}>
      <div className="flex flex-col gap-4">
        <PaperRoll label={t("picks.labelOf", { number: order.order_number })}>
          <p className="text-center text-sm">{edge.location.name}</p>
          <p className="text-center text-4xl font-bold wrap-anywhere">{order.order_number}</p>
          {order.customer && <p className="text-center text-2xl font-semibold wrap-anywhere">{order.customer}</p>}
          <ul className="mt-3 border-t border-dashed border-edge pt-2">
            {order.lines
              .filter((line) => line.picked > 0)
              .map((line) => (
                <li key={line.reservation_id} className="flex justify-between gap-3">
                  <span className="min-w-0 wrap-anywhere">{line.name}</span>
                  <strong className="shrink-0">{formatQuantity(line.picked, line.unit, locale)}</strong>
                </li>
              ))}
          </ul>
          <p className="mt-2 text-center text-sm">{formatInstant(order.received_at, locale, edge.location.time_zone)}</p>
        </PaperRoll>
        <Button kind="primary" size="large" icon={<Printer aria-hidden className="size-5" />} onClick={printRoll}>
          {t("picks.label")}
        </Button>
      </div>
    </Dialog>
  );
}
