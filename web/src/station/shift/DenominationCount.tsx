import { Minus, Plus } from "lucide-react";
import { useTranslation } from "react-i18next";

import { useMoney } from "../../format/CurrencyContext";
import type { Counts } from "./denominations";

interface DenominationCountProps {
  /** Notes and coins in minor units, the largest first. */
  values: readonly number[];
  counts: Counts;
  onChange: (counts: Counts) => void;
  onEnter: () => void;
}

/** How many of each note and coin. */
export function DenominationCount({ values, counts, onChange, onEnter }: DenominationCountProps) {
  const { t } = useTranslation("station");
  const money = useMoney();
  if (values.length === 0) return null;
  const set = (value: number, count: number) => onChange({ ...counts, [value]: Math.max(0, count) });
  const step = "grid size-12 shrink-0 place-items-center rounded-field border border-line bg-surface hover:bg-sunken active:bg-line";
  return (
    <fieldset>
      <legend className="mb-2 font-medium text-soft">{t("shift.denominations")}</legend>
      <div className="grid gap-x-8 gap-y-2 sm:grid-cols-2">
        {values.map((value) => {
          const name = money.amount(value);
          const count = counts[value] ?? 0;
          return (
            <div key={value} className="flex items-center gap-2">
              <span className="flex-1 text-right font-medium whitespace-nowrap">{name}</span>
              <button type="button" aria-label={t("shift.fewer", { value: name })} className={step} onClick={() => set(value, count - 1)}>
                <Minus aria-hidden className="size-5" />
              </button>
              <input
                aria-label={t("shift.denomination", { value: name })}
                inputMode="numeric"
                autoComplete="off"
                placeholder="0"
                value={count || ""}
                onChange={(event) => /^\d{0,5}$/.test(event.target.value) && set(value, Number(event.target.value))}
                onKeyDown={(event) => event.key === "Enter" && onEnter()}
                className="min-h-12 w-18 rounded-field border border-edge bg-surface px-2 text-center text-lg"
              />
              <button type="button" aria-label={t("shift.more", { value: name })} className={step} onClick={() => set(value, count + 1)}>
                <Plus aria-hidden className="size-5" />
              </button>
            </div>
          );
        })}
      </div>
    </fieldset>
  );
}
