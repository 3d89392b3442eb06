import { useMutation } from "@tanstack/react-query";
import { Delete, Search, UserPlus } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import type { Patron } from "../../api/edge";
import { newId } from "../../api/id";
import { insist } from "../../api/insist";
import { Problem } from "../../api/problem";
import { useShift, useStation } from "../../station/StationContext";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { PadButton } from "../../ui/NumberPad";
import { Refusal } from "../../ui/states";
import { useNoScan } from "../shortage/FoundStep";
import { useBasket } from "./BasketContext";
import { patronText } from "./patron";
import { findPatron, registerPatron } from "./queries";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "+", "0"] as const;
/** The longest name that is kept. */
const LONGEST_NAME = 80;
const FIELD = "mt-1 min-h-12 w-full rounded-field border border-edge bg-surface px-3 font-normal placeholder:text-faint";

/** Who buys: found by the number that they say, or entered. Neither needs the internet. */
export function PatronDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("station");
  const { notify } = useStation();
  const { setPatron } = useBasket();
  const [phone, setPhone] = useState("");
  const attach = (patron: Patron) => {
    setPatron(patron);
    notify({ tone: "note", text: t("patron.attached", { name: patronText(patron) }) });
    onClose();
  };
  const find = useMutation({ mutationFn: findPatron, onSuccess: (patron) => patron && attach(patron) });
  useNoScan();
  // A number that was changed since is another question.
  const isNew = find.isSuccess && find.data === null && find.variables === phone;
  return (
    <Dialog title={t("patron.title")} description={isNew ? t("patron.newHint") : t("patron.hint")} onClose={onClose} isBusy={find.isPending}>
      {isNew ? (
        <NewPatronForm phone={phone} onKnown={() => find.mutate(phone)} onEntered={attach} onBack={() => find.reset()} />
      ) : (
        <PhoneForm phone={phone} onChange={setPhone} isBusy={find.isPending} error={find.variables === phone ? find.error : null} onFind={() => find.mutate(phone)} />
      )}
    </Dialog>
  );
}

interface PhoneFormProps {
  phone: string;
  onChange: (phone: string) => void;
  isBusy: boolean;
  error: unknown;
  onFind: () => void;
}

function PhoneForm({ phone, onChange, isBusy, error, onFind }: PhoneFormProps) {
  const { t } = useTranslation("station");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isBusy && phone.trim() !== "") onFind();
      }}
    >
      <label className="font-semibold">
        {t("patron.phone")}
        <input
          ref={field}
          type="tel"
          // The keys are below; the keyboard of a tablet would hide them.
          inputMode="none"
          autoComplete="off"
          maxLength={30}
          value={phone}
          onChange={(event) => onChange(event.target.value)}
          className={`${FIELD} text-2xl tracking-wide`}
        />
      </label>
      <div role="group" aria-label={t("pad.label", { ns: "common" })} className="grid grid-cols-3 gap-2">
        {KEYS.map((key) => (
          <PadButton key={key} label={key === "+" ? t("patron.plus") : t("pad.digit", { ns: "common", digit: key })} onPress={() => onChange(phone + key)}>
            {key}
          </PadButton>
        ))}
        <PadButton label={t("pad.delete", { ns: "common" })} onPress={() => onChange(phone.slice(0, -1))}>
          <Delete aria-hidden className="size-6" />
        </PadButton>
      </div>
      <Refusal error={error} />
      <Button type="submit" kind="primary" size="large" disabled={isBusy || phone.trim() === ""} icon={<Search aria-hidden className="size-5" />}>
        {t("patron.find")}
      </Button>
    </form>
  );
}

interface NewPatronFormProps {
  phone: string;
  /** Another till was faster. */
  onKnown: () => void;
  onEntered: (patron: Patron) => void;
  onBack: () => void;
}

const ANSWERS = ["unasked", "yes", "no"] as const;
type Answer = (typeof ANSWERS)[number];
const SAID: Record<Answer, boolean | null> = { unasked: null, yes: true, no: false };

function NewPatronForm({ phone, onKnown, onEntered, onBack }: NewPatronFormProps) {
  const { t } = useTranslation("station");
  const shift = useShift();
  const [id] = useState(newId);
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [answer, setAnswer] = useState<Answer>("unasked");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const enter = useMutation({
    mutationFn: () => {
      const body = { shift_id: shift.id, phone, name, marketing: SAID[answer], ...(email.trim() !== "" && { email }) };
      return insist(() => registerPatron(id, body), () => undefined);
    },
    onSuccess: onEntered,
    onError: (error) => error instanceof Problem && error.code === "patron.known" && onKnown(),
  });
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (!enter.isPending && name.trim() !== "") enter.mutate();
      }}
    >
      <p className="text-2xl tracking-wide">{phone}</p>
      <label className="font-semibold">
        {t("patron.name")}
        <input ref={field} type="text" autoComplete="off" maxLength={LONGEST_NAME} value={name} onChange={(event) => setName(event.target.value)} className={FIELD} />
      </label>
      <label className="font-semibold">
        {t("patron.email")}
        <input type="email" autoComplete="off" maxLength={254} value={email} onChange={(event) => setEmail(event.target.value)} className={FIELD} />
      </label>
      <fieldset>
        <legend className="font-semibold">{t("patron.marketing")}</legend>
        <div className="mt-1 grid grid-cols-3 gap-2">
          {ANSWERS.map((one) => (
            <label
              key={one}
              className="flex min-h-12 items-center justify-center gap-2 rounded-field border border-edge px-2 text-center has-checked:border-pine has-checked:bg-pine-wash has-focus-visible:outline-2 has-focus-visible:outline-pine"
            >
              <input type="radio" name="marketing" checked={answer === one} onChange={() => setAnswer(one)} className="size-5 accent-pine" />
              {t(`patron.said.${one}`)}
            </label>
          ))}
        </div>
      </fieldset>
      <Refusal error={enter.error} />
      <div className="flex gap-3">
        <Button size="large" onClick={onBack} disabled={enter.isPending}>
          {t("patron.otherNumber")}
        </Button>
        <Button type="submit" kind="primary" size="large" className="flex-1" disabled={enter.isPending || name.trim() === ""} icon={<UserPlus aria-hidden className="size-5" />}>
          {t("patron.enter")}
        </Button>
      </div>
    </form>
  );
}
