import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { clsx } from "clsx";
import { Check, RotateCcw } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { DrawerCount, Shift } from "../../api/edge";
import { newId } from "../../api/id";
import { Problem } from "../../api/problem";
import { useMoney } from "../../format/CurrencyContext";
import { parseEntry, toEntry } from "../../format/entry";
import { formatTime } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { Button } from "../../ui/Button";
import { EntryField } from "../../ui/EntryField";
import { useGo } from "../../ui/Go";
import { Failure, Refusal, Skeleton } from "../../ui/states";
import { cashRules, closeShift, countDrawer } from "../cash/queries";
import { isSaid, noWord, SecondPerson } from "../cash/SecondPerson";
import { Field } from "../print/Field";
import { setSession } from "../queries";
import { BackToWork } from "../RecentList";
import { may, useShift, useStation } from "../StationContext";
import { DenominationCount } from "./DenominationCount";
import { pieces, worth, type Counts } from "./denominations";
import { isStillParked, StillParked } from "./StillParked";

const LONGEST_REASON = 200;

/** Counts the drawer blind; only then, and only those who may, see what it should have been. `hasBasket` keeps a half-made sale from being forgotten. */
export function CloseShiftPage({ hasBasket = false }: { hasBasket?: boolean }) {
  const { session } = useStation();
  const shift = useShift();
  const client = useQueryClient();
  const [counted, setCounted] = useState<DrawerCount | null>(null);
  const [closed, setClosed] = useState<Shift | null>(null);
  if (closed) return <ClosedShift shift={closed} onNext={() => setSession(client, { ...session, shift: null })} />;
  if (counted) return <Confirm shift={shift} count={counted} onAgain={() => setCounted(null)} onClosed={setClosed} />;
  return <Count shift={shift} hasBasket={hasBasket} onCounted={setCounted} />;
}

function Count({ shift, hasBasket, onCounted }: { shift: Shift; hasBasket: boolean; onCounted: (count: DrawerCount) => void }) {
  const { t } = useTranslation("station");
  const { session, edge } = useStation();
  const { currency } = useMoney();
  const locale = useLocale();
  const rules = useQuery(cashRules);
  const [entry, setEntry] = useState("");
  const [counts, setCounts] = useState<Counts>({});
  const total = parseEntry(entry, currency.exponent);
  const isByPiece = worth(counts) > 0 && worth(counts) === total;
  const counting = useMutation({
    mutationFn: () => countDrawer(shift.id, newId(), total ?? 0, isByPiece ? pieces(counts) : []),
    onSuccess: onCounted,
  });
  const whyNot = () => {
    if (!may(session, "shift.close")) return t("shift.mayNotClose");
    return hasBasket ? t("shift.basketOpen") : null;
  };
  const reason = whyNot();
  const count = () => reason === null && total !== null && !counting.isPending && counting.mutate();
  if (rules.isPending) return <Skeleton rows={4} />;
  if (rules.error) return <Failure error={rules.error} onRetry={() => void rules.refetch()} />;
  return (
    <div className="mx-auto flex w-full max-w-3xl flex-col gap-5 p-5">
      <div>
        <BackToWork />
        <h1 className="text-3xl font-semibold">{t("shift.closeTitle")}</h1>
        <p className="mt-1 text-soft">
          {t("shift.openedAt", {
            time: formatTime(shift.opened_at, locale, edge.location.time_zone),
            name: shift.opened_by.name,
          })}
        </p>
        <p className="mt-1 text-soft">{t("shift.closeHint")}</p>
      </div>
      <DenominationCount
        values={rules.data.pieces_minor}
        counts={counts}
        onChange={(changed) => {
          setCounts(changed);
          setEntry(toEntry(worth(changed), currency.exponent));
        }}
        onEnter={count}
      />
      <div className="sticky bottom-0 -mx-5 flex flex-col gap-3 border-t border-line bg-paper px-5 py-4 sm:flex-row sm:items-end">
        <div className="flex-1">
          <EntryField label={t("shift.counted")} entry={entry} onChange={setEntry} digits={currency.exponent} unit={currency.code} onEnter={count} />
        </div>
        <Button kind="primary" size="huge" className="sm:min-w-56" blocked={reason} disabled={total === null || counting.isPending} onClick={count}>
          {counting.isPending ? t("shift.counting") : t("shift.count")}
        </Button>
      </div>
      <Refusal error={counting.error} />
      {reason && <p className="text-center text-soft">{reason}</p>}
    </div>
  );
}

/** What the count asks for before the shift is closed by it, and the way to count again. */
function Confirm({ shift, count, onAgain, onClosed }: { shift: Shift; count: DrawerCount; onAgain: () => void; onClosed: (shift: Shift) => void }) {
  const { t } = useTranslation("station");
  const money = useMoney();
  const [reason, setReason] = useState("");
  const [word, setWord] = useState(noWord);
  // Something was sold or moved meanwhile: the same count may then ask for more.
  const [asked, setAsked] = useState(count.asks);
  const needsSecond = asked === "second_person";
  const needsReason = asked !== "nothing";
  const closing = useMutation({
    mutationFn: (handOver: boolean) => closeShift(shift.id, count.counted_minor, reason.trim() || null, needsSecond ? word : null, handOver),
    onSuccess: onClosed,
    onError: (error) => {
      if (isStillParked(error)) return;
      setWord((said) => ({ ...said, pin: "" }));
      if (!(error instanceof Problem)) return;
      if (error.code === "shift.reason_missing") setAsked("reason");
      if (error.code === "cash.approval_missing") setAsked("second_person");
    },
  });
  const missing = () => {
    if (needsReason && reason.trim() === "") return t("shift.missing.reason");
    return needsSecond && !isSaid(word) ? t("cash.missing.second") : null;
  };
  const close = () => missing() === null && !closing.isPending && closing.mutate(false);
  return (
    <div className="m-auto flex w-full max-w-lg flex-col gap-4 p-5">
      <div className="text-center">
        <h1 className="text-xl font-semibold text-soft">{t("shift.countNumber", { number: count.number })}</h1>
        <p className="mt-1 text-4xl font-bold">{money.amount(count.counted_minor)}</p>
      </div>
      {needsReason ? (
        <p role="status" className="rounded-field bg-amber-wash px-4 py-3 font-medium text-amber">
          {t(needsSecond ? "shift.offByMuch" : "shift.off")}
        </p>
      ) : (
        <p role="status" className="flex items-center gap-2 rounded-field bg-pine-wash px-4 py-3 font-medium text-pine">
          <Check aria-hidden className="size-5 shrink-0" />
          {t("shift.fits")}
        </p>
      )}
      {count.over_short_minor !== null && <Verdict difference={count.over_short_minor} />}
      <Button icon={<RotateCcw aria-hidden className="size-5" />} disabled={closing.isPending} onClick={onAgain}>
        {t("shift.recount")}
      </Button>
      {needsReason && (
        <Field
          label={t("shift.reason")}
          maxLength={LONGEST_REASON}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          onKeyDown={(event) => event.key === "Enter" && close()}
        />
      )}
      {needsSecond && <SecondPerson word={word} onChange={setWord} onEnter={close} />}
      {isStillParked(closing.error) ? (
        <StillParked error={closing.error} isBusy={closing.isPending} onHandOver={() => missing() === null && closing.mutate(true)} />
      ) : (
        <Refusal error={closing.error} />
      )}
      <Button kind="primary" size="huge" disabled={closing.isPending} blocked={missing()} onClick={close}>
        {closing.isPending ? t("shift.closing") : t("shift.close")}
      </Button>
    </div>
  );
}

function Verdict({ difference }: { difference: number }) {
  const { t } = useTranslation("station");
  const money = useMoney();
  const words = () => {
    if (difference === 0) return t("shift.exact");
    return difference > 0 ? t("shift.over", { amount: money.amount(difference) }) : t("shift.short", { amount: money.amount(-difference) });
  };
  return (
    <p role="status" className={clsx("text-center text-3xl font-bold text-balance", difference === 0 ? "text-pine" : difference > 0 ? "text-amber" : "text-rust")}>
      {words()}
    </p>
  );
}

function ClosedShift({ shift, onNext }: { shift: Shift; onNext: () => void }) {
  const { t } = useTranslation("station");
  const { kind } = useStation();
  const go = useGo();
  const sees = shift.over_short_minor !== null;
  const rows: [string, number][] = [
    [t("shift.float"), shift.float_minor],
    [t("shift.cashSales"), shift.cash_sales_minor ?? 0],
    [t("shift.purchasesPaid"), -shift.purchases_paid_minor],
    [t("shift.purchasesBack"), shift.purchases_back_minor],
    [t("cash.way.paid_in"), shift.paid_in_minor],
    [t("cash.way.paid_out"), -shift.paid_out_minor],
    [t("cash.way.drop"), -shift.dropped_minor],
    [t("shift.expected"), shift.expected_cash_minor ?? 0],
    [t("shift.counted"), shift.counted_minor ?? 0],
  ];
  const shown = rows.filter(([, minor], at) => minor !== 0 || at === 0 || at >= rows.length - 2);
  return (
    <div className="m-auto flex w-full max-w-lg flex-col gap-5 p-5">
      <div className="text-center">
        <h1 className="mb-2 text-xl font-semibold text-soft">
          {shift.z_number === null ? t("shift.closed") : t("shift.closedAs", { number: shift.z_number })}
        </h1>
        {shift.over_short_minor !== null && <Verdict difference={shift.over_short_minor} />}
        <p className="mt-2 text-soft">{t("sales", { ns: "common", count: shift.sales })}</p>
      </div>
      {sees ? <Figures rows={shown} strongFrom={shown.length - 2} /> : <p className="rounded-field bg-sunken px-4 py-3 text-center text-soft">{t("shift.blindDone")}</p>}
      {sees && (
        <Button size="large" onClick={() => go(paths.report(kind, shift.id))}>
          {t("report.showZ")}
        </Button>
      )}
      <Button kind="primary" size="large" onClick={onNext}>
        {t("shift.next")}
      </Button>
    </div>
  );
}

function Figures({ rows, strongFrom }: { rows: [string, number][]; strongFrom: number }) {
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
