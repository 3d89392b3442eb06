import { useMutation, useQueryClient } from "@tanstack/react-query";
import { clsx } from "clsx";
import { BellRing, Check, Minus, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { PickLine, PickOrder } from "../../api/edge";
import { newId } from "../../api/id";
import { Problem } from "../../api/problem";
import { parseEntry } from "../../format/entry";
import { formatQuantity, isMeasured, quantityDigits, unitLabel } from "../../format/quantity";
import { formatAgo } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { Button, IconButton } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { EntryField } from "../../ui/EntryField";
import { Refusal } from "../../ui/states";
import { useNow } from "../../ui/useNow";
import { recordPicking } from "./queries";

/** An order should be off the shelf before a walk-in customer takes it to the till (sync.md 5.3). */
const LATE_MS = 15 * 60_000;

/** One order with what was found of each line; less than promised is asked about once. */
export function ToPickCard({ order, whyNot }: { order: PickOrder; whyNot: string | null }) {
  const { t } = useTranslation("station");
  const locale = useLocale();
  const client = useQueryClient();
  const now = useNow();
  const [id] = useState(newId);
  const [found, setFound] = useState<Record<string, number>>({});
  const [isAsking, setAsking] = useState(false);
  const [counts, setCounts] = useState<Record<string, string>>({});
  const lines = order.lines.filter(({ state }) => state === "open");
  const foundOf = (line: PickLine) => found[line.reservation_id] ?? line.quantity;
  const isShort = lines.some((line) => foundOf(line) < line.quantity);
  const isLate = now - Date.parse(order.received_at) > LATE_MS;
  const counted = lines.flatMap(({ variant_id, unit }) => {
    const quantity = parseEntry(counts[variant_id] ?? "", quantityDigits(unit));
    return quantity === null ? [] : [{ variant_id, counted: quantity }];
  });
  const picking = useMutation({
    mutationFn: () =>
      recordPicking(order.order_id, id, {
        lines: lines.map((line) => ({ reservation_id: line.reservation_id, picked: foundOf(line) })),
        ...(counted.length > 0 && { counted }),
      }),
    onSettled: () => void client.invalidateQueries({ queryKey: ["picks"] }),
  });
  const save = () => {
    setAsking(false);
    picking.mutate();
  };
  return (
    <li className={clsx("rounded-card border bg-surface shadow-card", isLate ? "border-amber-line" : "border-line")}>
      <header className="flex flex-wrap items-center gap-x-4 gap-y-1 border-b border-line px-4 py-3">
        <h3 className="mr-auto text-xl font-semibold">
          {t("picks.order", { number: order.order_number })}
          {order.customer && <span className="ml-2 font-normal text-soft">{order.customer}</span>}
        </h3>
        {isLate && (
          <span className="flex items-center gap-1.5 rounded-full bg-amber-wash px-3 py-1 font-semibold text-amber">
            <BellRing aria-hidden className="size-4" />
            {t("picks.late")}
          </span>
        )}
        <span className="text-soft">{formatAgo(order.received_at, now, locale)}</span>
      </header>
      <ul className="divide-y divide-line">
        {lines.map((line) => (
          <Line
            key={line.reservation_id}
            line={line}
            found={foundOf(line)}
            onFound={(quantity) => setFound({ ...found, [line.reservation_id]: quantity })}
          />
        ))}
      </ul>
      <footer className="flex flex-col gap-3 border-t border-line p-4">
        <Refusal error={picking.error} />
        {toCount(picking.error).map((variant) => {
          const line = lines.find(({ variant_id }) => variant_id === variant);
          return (
            line && (
              <EntryField
                key={variant}
                label={`${line.name}: ${t("picks.countFirst")}`}
                entry={counts[variant] ?? ""}
                onChange={(entry) => setCounts({ ...counts, [variant]: entry })}
                digits={quantityDigits(line.unit)}
                unit={unitLabel(line.unit, locale)}
                onEnter={save}
              />
            )
          );
        })}
        <Button
          kind="primary"
          size="large"
          disabled={picking.isPending}
          blocked={whyNot}
          icon={<Check aria-hidden className="size-5" />}
          onClick={() => (isShort ? setAsking(true) : save())}
        >
          {t(isShort ? "picks.saveShort" : "picks.save")}
        </Button>
      </footer>
      {isAsking && (
        <Dialog title={t("picks.shortTitle")} description={t("picks.shortText")} onClose={() => setAsking(false)}>
          <div className="flex flex-col gap-3">
            <ul className="flex flex-col gap-1">
              {lines
                .filter((line) => foundOf(line) < line.quantity)
                .map((line) => (
                  <li key={line.reservation_id} className="flex justify-between gap-3">
                    <span className="min-w-0 wrap-anywhere">{line.name}</span>
                    <strong>
                      {t("picks.foundOf", { picked: formatQuantity(foundOf(line), line.unit, locale), quantity: formatQuantity(line.quantity, line.unit, locale) })}
                    </strong>
                  </li>
                ))}
            </ul>
            <div className="flex flex-wrap gap-3">
              <Button className="flex-1" size="large" onClick={() => setAsking(false)}>
                {t("cancel", { ns: "common" })}
              </Button>
              <Button className="flex-1" kind="primary" size="large" onClick={save}>
                {t("picks.shortYes")}
              </Button>
            </div>
          </div>
        </Dialog>
      )}
    </li>
  );
}

/** Products that have to be counted before they are picked. */
function toCount(error: unknown): string[] {
  const variants = error instanceof Problem && error.code === "pick.count_first" ? error.figures["variants"] : undefined;
  return Array.isArray(variants) ? (variants as string[]) : [];
}

function Line({ line, found, onFound }: { line: PickLine; found: number; onFound: (quantity: number) => void }) {
  const { t } = useTranslation("station");
  const locale = useLocale();
  const isAll = found === line.quantity;
  // Goods by weight are there or not; what is there is weighed at the hand-over.
  const step = isMeasured(line.unit) ? line.quantity : 1;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0 flex-1 basis-56">
        <p className="text-lg leading-snug font-semibold wrap-anywhere">{line.name}</p>
        <p className="text-sm text-faint">{[line.sku, line.barcode].filter(Boolean).join(" · ")}</p>
      </div>
      <div className="flex items-center gap-2">
        <IconButton kind="plain" label={t("picks.less", { name: line.name })} disabled={found <= 0} onClick={() => onFound(Math.max(0, found - step))}>
          <Minus aria-hidden className="size-5" />
        </IconButton>
        <output
          aria-label={t("picks.found", { name: line.name })}
          className={clsx("min-w-28 rounded-field px-2 py-2 text-center text-lg font-bold", isAll ? "bg-pine-wash text-pine" : "bg-amber-wash text-amber")}
        >
          {t("picks.foundOf", { picked: formatQuantity(found, line.unit, locale), quantity: formatQuantity(line.quantity, line.unit, locale) })}
        </output>
        <IconButton kind="plain" label={t("picks.more", { name: line.name })} disabled={isAll} onClick={() => onFound(Math.min(line.quantity, found + step))}>
          <Plus aria-hidden className="size-5" />
        </IconButton>
      </div>
    </li>
  );
}
