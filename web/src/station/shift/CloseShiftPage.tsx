import { useMutation, useQueryClient } from "@tanstack/react-query";
import { clsx } from "clsx";
import { Coins } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Shift } from "../../api/edge";
import { useMoney } from "../../format/CurrencyContext";
import { parseEntry, toEntry } from "../../format/entry";
import { formatTime } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { Button } from "../../ui/Button";
import { EntryField } from "../../ui/EntryField";
import { NumberPad } from "../../ui/NumberPad";
import { Refusal } from "../../ui/states";
import { PrintButton } from "../print/PrintButton";
import { usePrinter } from "../print/usePrinter";
import { closeShift, setSession } from "../queries";
import { may, useShift, useStation } from "../StationContext";
import { DenominationCount } from "./DenominationCount";
import { denominationsOf } from "./denominations";
import { isStillParked, StillParked } from "./StillParked";

/** Counts the drawer blind; only then the books are shown. `hasBasket` keeps a half-made sale from being forgotten. */
export function CloseShiftPage({ hasBasket = false }: { hasBasket?: boolean }) {
  const { session } = useStation();
  const shift = useShift();
  const client = useQueryClient();
  const [closed, setClosed] = useState<Shift | null>(null);
  if (closed) {
    return <ClosedShift shift={closed} onNext={() => setSession(client, { ...session, shift: null })} />;
  }
  return <Count shift={shift} hasBasket={hasBasket} onClosed={setClosed} />;
}

function Count({ shift, hasBasket, onClosed }: { shift: Shift; hasBasket: boolean; onClosed: (shift: Shift) => void }) {
  const { t } = useTranslation("station");
  const { session, edge } = useStation();
  const { currency } = useMoney();
  const locale = useLocale();
  const [entry, setEntry] = useState("");
  const [isByNote, setByNote] = useState(false);
  const counted = parseEntry(entry, currency.exponent);
  const closing = useMutation({ mutationFn: (handOver: boolean) => closeShift(shift.id, counted ?? 0, handOver), onSuccess: onClosed });
  const whyNot = () => {
    if (!may(session, "shift.close")) return t("shift.mayNotClose");
    return hasBasket ? t("shift.basketOpen") : null;
  };
  const reason = whyNot();
  const close = () => reason === null && counted !== null && !closing.isPending && closing.mutate(false);
  return (
    <div className="m-auto flex w-full max-w-md flex-col gap-4 p-5">
      <div>
        <h1 className="text-3xl font-semibold">{t("shift.closeTitle")}</h1>
        <p className="mt-1 text-soft">
          {t("shift.openedAt", {
            time: formatTime(shift.opened_at, locale, edge.location.time_zone),
            name: shift.opened_by.name,
          })}
        </p>
        <p className="mt-1 text-soft">{t("shift.closeHint")}</p>
      </div>
      <EntryField label={t("shift.counted")} entry={entry} onChange={setEntry} digits={currency.exponent} unit={currency.code} onEnter={close} isActive />
      <NumberPad entry={entry} onChange={setEntry} digits={currency.exponent} onEnter={close} />
      {denominationsOf(currency.code).length > 0 && (
        <Button kind="quiet" icon={<Coins aria-hidden className="size-5" />} onClick={() => setByNote(true)}>
          {t("shift.denominations")}
        </Button>
      )}
      {isByNote && (
        <DenominationCount
          onClose={() => setByNote(false)}
          onCounted={(minor) => {
            setEntry(toEntry(minor, currency.exponent));
            setByNote(false);
          }}
        />
      )}
      {isStillParked(closing.error) ? (
        <StillParked error={closing.error} isBusy={closing.isPending} onHandOver={() => closing.mutate(true)} />
      ) : (
        <Refusal error={closing.error} />
      )}
      <Button kind="primary" size="large" blocked={reason} disabled={counted === null || closing.isPending} onClick={close}>
        {closing.isPending ? t("shift.closing") : t("shift.close")}
      </Button>
      {reason && <p className="text-center text-soft">{reason}</p>}
    </div>
  );
}

function ClosedShift({ shift, onNext }: { shift: Shift; onNext: () => void }) {
  const { t } = useTranslation("station");
  const money = useMoney();
  const hasPrinter = usePrinter() !== null;
  const difference = shift.over_short_minor ?? 0;
  const rows: [string, number][] = [
    [t("shift.float"), shift.float_minor],
    [t("shift.cashSales"), shift.cash_sales_minor],
    [t("shift.purchasesPaid"), -shift.purchases_paid_minor],
    [t("shift.expected"), shift.expected_cash_minor ?? 0],
    [t("shift.counted"), shift.counted_minor ?? 0],
  ];
  const besides: [string, number][] = [
    [t("shift.cardSales"), shift.card_sales_minor],
    [t("shift.otherSales"), shift.other_sales_minor],
  ];
  const verdict = () => {
    if (difference === 0) return t("shift.exact");
    return difference > 0
      ? t("shift.over", { amount: money.amount(difference) })
      : t("shift.short", { amount: money.amount(-difference) });
  };
  return (
    <div className="m-auto flex w-full max-w-lg flex-col gap-5 p-5">
      <div className="text-center">
        <h1 className="text-xl font-semibold text-soft">
          {shift.z_number === null ? t("shift.closed") : t("shift.closedAs", { number: shift.z_number })}
        </h1>
        <p
          role="status"
          className={clsx("mt-2 text-4xl font-bold text-balance", difference === 0 ? "text-pine" : difference > 0 ? "text-amber" : "text-rust")}
        >
          {verdict()}
        </p>
        <p className="mt-2 text-soft">{t("sales", { ns: "common", count: shift.sales })}</p>
      </div>
      <Figures rows={rows} strongFrom={3} />
      <Figures rows={besides} />
      {hasPrinter && <PrintButton what="shift" id={shift.id} label={t("prints.printZ")} />}
      <Button kind="primary" size="large" onClick={onNext}>
        {t("shift.next")}
      </Button>
    </div>
  );
}

function Figures({ rows, strongFrom = 99 }: { rows: [string, number][]; strongFrom?: number }) {
  const money = useMoney();
  return (
    <dl className="divide-y divide-line rounded-card border border-line bg-surface px-5 shadow-card">
      {rows.map(([name, minor], at) => (
        <div key={name} className={clsx("flex justify-between gap-4 py-3", at >= strongFrom && "font-semibold")}>
          <dt>{name}</dt>
          <dd>{money.amount(minor)}</dd>
        </div>
      ))}
    </dl>
  );
}
