import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useMoney } from "../../format/CurrencyContext";
import { parseEntry } from "../../format/entry";
import { formatQuantity, priceBasis, quantityDigits, unitLabel } from "../../format/quantity";
import { useLocale } from "../../i18n/useLocale";
import { Button } from "../../ui/Button";
import { EntryField } from "../../ui/EntryField";
import { NumberPad } from "../../ui/NumberPad";
import { Refusal } from "../../ui/states";
import { ContainerChoice } from "./ContainerChoice";
import { useDraft } from "./DraftContext";
import { containers, purchaseQuote } from "./queries";
import { choices, COST_DIGITS, costQuantity, isWeighed, netOf, toLine, type Entries, type Line, type Weighed } from "./ticket";

type Field = keyof Entries;

/** What is typed of a line, in this order. */
const fieldsOf = (isByWeight: boolean, container: Weighed | null): Field[] =>
  isByWeight ? ["gross", container ? "count" : "tare", "cost"] : ["quantity", "cost"];

/** Gross, containers or tare, and cost of what lies on the scale, or how many and what each costs. Enter goes on to the next. */
export function LineEditor({ line }: { line: Line }) {
  const { t } = useTranslation("station");
  const money = useMoney();
  const locale = useLocale();
  const { draft, save, edit } = useDraft();
  const [entries, setEntries] = useState(line.entries);
  const [chosen, setChosen] = useState(line.container ?? null);
  const { variant } = line;
  const isByWeight = isWeighed(variant.unit);
  const listed = useQuery({ ...containers, enabled: isByWeight });
  const offered = choices(draft.corrects, listed.data ?? []);
  // As the list has it now; one that is no longer on it is none.
  const container = listed.isSuccess ? (offered.find(({ id }) => id === chosen?.id) ?? null) : chosen;
  const fields = fieldsOf(isByWeight, container);
  const [active, setActive] = useState<Field | null>(fields[0] ?? null);
  // Where the pad types while the focus is on a container: what follows it.
  const typing = active && fields.includes(active) ? active : (fields[1] ?? "cost");
  const ready = toLine({ variant, container, entries });
  const missing = typeof ready === "string" ? ready : null;
  const quoted = useQuery(purchaseQuote(typeof ready === "string" ? [] : [ready], draft.corrects?.id));
  const isNew = draft.lines.every(({ id }) => id !== line.id);

  const add = () => {
    if (!missing) save({ ...line, container, entries });
  };
  const next = () => {
    const following = fields[fields.indexOf(typing) + 1];
    if (following) setActive(following);
    else add();
  };
  const change = (field: Field) => (entry: string) => setEntries({ ...entries, [field]: entry });
  const basis = priceBasis(costQuantity(variant.unit), variant.unit, locale);
  const settings = {
    gross: { label: t("buy.gross"), digits: 3, unit: "kg" },
    tare: { label: t("buy.tare"), digits: 3, unit: "kg" },
    count: { label: t("buy.count"), digits: 0, unit: container ? `× ${formatQuantity(container.tare, "gram", locale)}` : "" },
    quantity: { label: t("buy.quantity"), digits: quantityDigits(variant.unit), unit: unitLabel(variant.unit, locale) },
    cost: {
      label: basis ? t("buy.cost", { basis }) : t("buy.costPiece"),
      digits: COST_DIGITS,
      unit: money.currency.code,
    },
  };
  const net = netOf({ container, entries });
  const refusal = (field: Field) => {
    if (field === "tare" && entries.tare !== "" && missing === "tare") return t("cannotAdd.tare");
    if (field === "count" && entries.count !== "" && (missing === "count" || missing === "containers")) return t(`cannotAdd.${missing}`);
    return undefined;
  };
  const input = (field: Field) => (
    <EntryField
      key={field}
      {...settings[field]}
      entry={entries[field]}
      onChange={change(field)}
      isActive={active === field}
      onFocus={() => setActive(field)}
      onEnter={next}
      error={refusal(field)}
    />
  );
  return (
    <section aria-label={variant.name} className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto p-4 sm:p-6">
      <h2 className="text-2xl font-semibold">{variant.name}</h2>
      <div className="grid items-start gap-5 md:grid-cols-2">
        <div className="flex flex-col gap-3">
          {fields.slice(0, 1).map(input)}
          {isByWeight && offered.length > 0 && (
            <ContainerChoice
              offered={offered}
              chosen={container}
              onFocus={() => setActive(null)}
              onChoose={setChosen}
              onEnter={(one) => setActive(one ? "count" : "tare")}
            />
          )}
          {fields.slice(1).map(input)}
        </div>
        <div className="flex flex-col gap-3">
          {isByWeight && (
            <p className="rounded-field bg-sunken px-4 py-2.5">
              <span className="flex items-baseline justify-between">
                <span className="text-soft">{t("buy.net")}</span>
                <span className="text-4xl font-bold" aria-live="polite">
                  {net > 0 ? formatQuantity(net, "gram", locale) : "–"}
                </span>
              </span>
              <span className="block text-sm text-soft">{t("buy.manual")}</span>
              {!container && (parseEntry(entries.tare, 3) ?? 0) > 0 && <span className="block text-sm text-soft">{t("buy.manualTare")}</span>}
            </p>
          )}
          <NumberPad entry={entries[typing]} onChange={change(typing)} digits={settings[typing].digits} onEnter={next} />
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
