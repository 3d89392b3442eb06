import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { NewSupplierDocument, SupplierAccountDetail } from "../../api/cloud";
import { newId } from "../../api/id";
import { useMoney } from "../../format/CurrencyContext";
import { parseEntry, toEntry } from "../../format/entry";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Refusal } from "../../ui/states";
import { mayEverywhere, placesOf, useSession, useZone } from "../session/SessionContext";
import { DateField } from "../ui/ListFilters";
import { SelectField } from "../ui/SelectField";
import { TextField } from "../ui/TextField";
import { accountOf, forgetAccounts, recordDocument } from "./queries";

type Kind = NewSupplierDocument["kind"];
type Method = NonNullable<NewSupplierDocument["method"]>;
/** An opening balance has a sign of its own; the form says it in words. */
type Choice = "payment" | "credit_note" | "opening_owed" | "opening_advance";

const KINDS: Record<Choice, [Kind, 1 | -1]> = {
  payment: ["payment", 1],
  credit_note: ["credit_note", 1],
  opening_owed: ["opening_balance", 1],
  opening_advance: ["opening_balance", -1],
};
const METHODS = ["bank_transfer", "cash", "other"] as const;

/** Today where the account is, but no later than the office's own clock says: what is in the future is refused. */
function todayAt(zone: string | undefined, asOf: string): string {
  const there = new Date().toLocaleDateString("sv-SE", zone ? { timeZone: zone } : {});
  return there < asOf ? there : asOf;
}

/** Where one may pay: the company as a whole is the empty option. */
function usePlaces(): [string, string][] {
  const { t } = useTranslation("office");
  const session = useSession();
  const branches = placesOf(session, "supplier.pay").map((one): [string, string] => [one.id, one.name]);
  return mayEverywhere(session, "supplier.pay") ? [...branches, ["", t("supplierAccount.company")]] : branches;
}

interface DocumentDialogProps {
  account: SupplierAccountDetail;
  branch: string | undefined;
  /** It is written; what somebody should know of it. */
  onDone: (warnings: string[]) => void;
  onClose: () => void;
}

/** A payment, a credit note or an opening balance. */
export function DocumentDialog({ account, branch, onDone, onClose }: DocumentDialogProps) {
  const { t } = useTranslation("office");
  const common = useTranslation().t;
  const money = useMoney();
  const client = useQueryClient();
  const places = usePlaces();
  const zone = useZone();
  // All accounts with the supplier, also when the page shows one branch alone.
  const whole = useQuery(accountOf(account.supplier_id, undefined)).data ?? account;
  const owedAt = (place: string) => whole.places.find((one) => (one.location_id ?? "") === place)?.owed_minor ?? 0;
  const [id] = useState(newId);
  const [choice, setChoice] = useState<Choice>("payment");
  const [place, setPlace] = useState(() => firstPlace(places, account, branch));
  const owed = owedAt(place);
  const [entry, setEntry] = useState("");
  const [method, setMethod] = useState<Method>("bank_transfer");
  const [chosen, setChosen] = useState<string>();
  const date = chosen ?? todayAt(zone(place), account.as_of);
  const [reference, setReference] = useState("");
  const [note, setNote] = useState("");
  const minor = parseEntry(entry, money.currency.exponent);
  const [kind, sign] = KINDS[choice];
  const recording = useMutation({
    mutationFn: (body: NewSupplierDocument) => recordDocument(account.supplier_id, id, body),
    onSuccess: ({ warnings }) => {
      forgetAccounts(client);
      onDone(warnings);
    },
  });
  const send = () => {
    if (!minor || recording.isPending) return;
    recording.mutate({
      location_id: place || null,
      kind,
      business_date: date,
      amount_minor: sign * minor,
      ...(kind === "payment" && { method }),
      ...(reference.trim() && { reference: reference.trim() }),
      ...(note.trim() && { note: note.trim() }),
    });
  };
  const isAdvance = kind === "payment" && minor !== null && minor > Math.max(owed, 0);
  return (
    <Dialog title={t("supplierAccount.record")} description={account.name} onClose={onClose} isBusy={recording.isPending} className="sm:max-w-lg">
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <SelectField
          label={t("supplierAccount.what")}
          value={choice}
          options={(Object.keys(KINDS) as Choice[]).map((one) => [one, t(`supplierAccount.choice.${one}`)])}
          onChange={(value) => setChoice(value as Choice)}
        />
        <SelectField label={t("supplierAccount.account")} hint={t("supplierAccount.owedThere", { amount: money.amount(owed) })} value={place} options={places} onChange={setPlace} />
        <TextField label={`${t("supplierAccount.amount")} (${money.currency.code})`} value={entry} onChange={setEntry} isNumber isFirst />
        {kind === "payment" && owed > 0 && minor !== owed && (
          <Button className="self-start" onClick={() => setEntry(toEntry(owed, money.currency.exponent))}>
            {t("supplierAccount.payAll", { amount: money.amount(owed) })}
          </Button>
        )}
        {isAdvance && <Warning>{t("supplierAccount.advanceWarning", { amount: money.amount(minor - Math.max(owed, 0)) })}</Warning>}
        {kind === "payment" && (
          <SelectField
            label={t("supplierAccount.methodLabel")}
            value={method}
            options={METHODS.map((one) => [one, t(`supplierAccount.method.${one}`)])}
            onChange={(value) => setMethod(value as Method)}
          />
        )}
        <DateField label={common("date")} value={date} onChange={setChosen} />
        <TextField label={t("supplierAccount.reference")} hint={t("supplierAccount.referenceHint")} value={reference} onChange={setReference} />
        <TextField label={t("supplierAccount.note")} value={note} onChange={setNote} />
        <Refusal error={recording.error} />
        <Button type="submit" kind="primary" size="large" disabled={recording.isPending} blocked={minor ? null : t("supplierAccount.enterAmount")}>
          {t(`supplierAccount.do.${kind}`, { amount: money.amount(sign * (minor ?? 0)) })}
        </Button>
      </form>
    </Dialog>
  );
}

/** The branch that is looked at, else the place where the most is owed, else the first. */
function firstPlace(places: [string, string][], account: SupplierAccountDetail, branch: string | undefined): string {
  const known = new Set(places.map(([id]) => id));
  if (branch && known.has(branch)) return branch;
  const owing = account.places.filter((one) => known.has(one.location_id ?? "")).toSorted((one, other) => other.owed_minor - one.owed_minor);
  return owing[0] ? (owing[0].location_id ?? "") : (places[0]?.[0] ?? "");
}

function Warning({ children }: { children: string }) {
  return (
    <p role="status" className="rounded-field border border-amber-line bg-amber-wash px-3 py-2.5 font-medium text-amber">
      {children}
    </p>
  );
}
