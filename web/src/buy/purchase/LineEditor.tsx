import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useMoney } from "../../format/CurrencyContext";
import { parseEntry } from "../../format/entry";
import { formatQuantity, parseQuantity, priceBasis, quantityDigits, unitLabel } from "../../format/quantity";
import { useLocale } from "../../i18n/useLocale";
import { Button } from "../../ui/Button";
import { EntryField } from "../../ui/EntryField";
import { NumberPad } from "../../ui/NumberPad";
import { Refusal } from "../../ui/states";
import { useDraft } from "./DraftContext";
import { purchaseQuote } from "./queries";
import { COST_DIGITS, costQuantity, isWeighed, toLine, type Entries, type Line } from "./ticket";

/** Gross, tare and cost of what lies on the scale, or how many and what each costs. Enter goes on to the next. */
export function LineEditor({ line }: { line: Line }) {
  const { t } = useTranslation("station");
  const money = useMoney();
  const locale = useLocale();
  const { draft, save, edit } = useDraft();
  const [entries, setEntries] = useState(line.entries);
  const { variant } = line;
  const isByWeight = isWeighed(variant.unit);
  const fields: (keyof Entries)[] = isByWeight ? ["gross", "tare", "cost"] : ["quantity", "cost"];
  const [active, setActive] = useState<keyof Entries>(fields[0] ?? "cost");
  const ready = toLine(variant, entries);
  const missing = typeof ready === "string" ? ready : null;
  const quoted = useQuery(purchaseQuote(missing ? [] : [ready as Exclude<typeof ready, string>]));
  const isNew = draft.lines.every(({ id }) => id !== line.id);

  const add = () => {
    if (!missing) save({ ...line, entries });
  };
  const next = () => {
    const following = fields[fields.indexOf(active) + 1];
    if (following) setActive(following);
    else add();
  };
  const change = (field: keyof Entries) => (entry: string) => setEntries({ ...entries, [field]: entry });
  const basis = priceBasis(costQuantity(variant.unit), variant.unit, locale);
  const settings = {
    gross: { label: t("buy.gross"), digits: 3, unit: "kg" },
    tare: { label: t("buy.tare"), digits: 3, unit: "kg" },
    quantity: { label: t("buy.quantity"), digits: quantityDigits(variant.unit), unit: unitLabel(variant.unit, locale) },
    cost: {
      label: basis ? t("buy.cost", { basis }) : t("buy.costPiece"),
      digits: COST_DIGITS,
      unit: money.currency.code,
    },
  };
  const gross = parseQuantity(entries.gross, "gram") ?? 0;
  const net = gross - (parseEntry(entries.tare, 3) ?? 0);
  const touchedTare = entries.tare !== "" && missing === "tare";
  return (
    <section aria-label={variant.name} className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto p-4 sm:p-6">
      <h2 className="text-2xl font-semibold">{variant.name}</h2>
      <div className="grid items-start gap-5 md:grid-cols-2">
        <div className="flex flex-col gap-3">
          {fields.map((field) => (
            <EntryField
              key={field}
              {...settings[field]}
              entry={entries[field]}
              onChange={change(field)}
              isActive={active === field}
              onFocus={() => setActive(field)}
              onEnter={next}
              error={field === "tare" && touchedTare ? t("cannotAdd.tare") : undefined}
            />
          ))}
          {isByWeight && (
            <p className="rounded-field bg-sunken px-4 py-3">
              <span className="flex items-baseline justify-between">
                <span className="text-soft">{t("buy.net")}</span>
                <span className="text-2xl font-bold">{net > 0 ? formatQuantity(net, "gram", locale) : "–"}</span>
              </span>
              <span className="mt-1 block text-sm text-soft">{t("buy.manual")}</span>
            </p>
          )}
        </div>
        <div className="flex flex-col gap-3">
          <NumberPad entry={entries[active]} onChange={change(active)} digits={settings[active].digits} onEnter={next} />
          <p className="flex items-baseline justify-between px-1">
            <span className="text-soft">{t("total", { ns: "common" })}</span>
            <span className="text-3xl font-bold" aria-live="polite">
              {quoted.data && !missing ? money.amount(quoted.data.total_minor) : "–"}
            </span>
          </p>
          <Refusal error={missing ? null : quoted.error} />
          <Button kind="primary" size="large" blocked={missing && t(`cannotAdd.${missing}`)} disabled={quoted.isError} onClick={add}>
            {t(isNew ? "buy.addLine" : "buy.saveLine")}
          </Button>
          <Button kind="quiet" onClick={() => edit(null)}>
            {t("cancel", { ns: "common" })}
          </Button>
        </div>
      </div>
    </section>
  );
}
