import { Plus, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "../../ui/Button";
import { useLocale } from "../../i18n/useLocale";
import { useSession } from "../session/SessionContext";
import { SelectField } from "../ui/SelectField";
import { AddCards, CardShell, OtherNote } from "./CardShell";
import { emptyWhen, WHEN_KINDS, type When } from "./condition";
import { MomentField, TimeField } from "./DateTime";
import { kindOf, type Measure } from "./document";
import { card, type Form } from "./draft";
import { useEditing } from "./EditorContext";
import { Field, MoneyField, Options, Ticks } from "./Fields";
import { GoodsField } from "./GoodsField";
import { channelName, sayWhen, tenderName, TENDERS, weekdayName, type Words } from "./sentence";

/** Conditions of which a second one makes sense. */
const REPEATED: readonly string[] = ["quantity", "amount", "distinct", "hours"];
const CHANNELS = ["till", "web"];
const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7];
const MEASURES = ["pieces", "grams", "millilitres", "millimetres"] as const satisfies readonly Measure[];

interface CardsProps {
  form: Form;
  onChange: (part: Partial<Form>) => void;
  words: Words;
}

/** What must hold: one card for each condition. */
export function WhenCards({ form, onChange, words }: CardsProps) {
  const { t } = useTranslation("office");
  const there = form.when.map(({ is }) => is.kind as string);
  const set = (key: number, is: When) => onChange({ when: form.when.map((one) => (one.key === key ? { key, is } : one)) });
  return (
    <section aria-labelledby="promotion-when" className="flex flex-col gap-3">
      <h2 id="promotion-when" className="text-xl font-semibold">
        {t("promotion.when.title")}
      </h2>
      <p className="text-soft">{t(form.when.length === 0 ? "promotion.when.always" : "promotion.when.all")}</p>
      <ol className="flex flex-col gap-3 empty:hidden">
        {form.when.map(({ key, is }, index) => {
          const title = t(`promotion.kind.${is.kind}`);
          return (
            <CardShell
              key={key}
              label={t("promotion.when.card", { number: index + 1, what: title })}
              title={title}
              sentence={sayWhen(is, words)}
              removeLabel={t("promotion.when.remove", { number: index + 1, what: title })}
              onRemove={() => onChange({ when: form.when.filter((one) => one.key !== key) })}
              place={`when[${index}]`}
            >
              <Condition when={is} place={`when[${index}]`} onChange={(next) => set(key, next)} words={words} />
            </CardShell>
          );
        })}
      </ol>
      <AddCards
        label={t("promotion.when.add")}
        offers={WHEN_KINDS.filter((kind) => REPEATED.includes(kind) || !there.includes(kind))}
        word={(kind) => t(`promotion.kind.${kind}`)}
        onAdd={(kind) => onChange({ when: [...form.when, card<When>(emptyWhen[kind]())] })}
      />
    </section>
  );
}

interface ConditionProps<W extends When = When> {
  when: W;
  place: string;
  onChange: (when: When) => void;
  words: Words;
}

function Condition({ when, place, onChange, words }: ConditionProps) {
  const { t } = useTranslation("office");
  const { locations } = useSession();
  switch (when.kind) {
    case "member":
    case "voucher":
      return null;
    case "segment":
      return <Names value={when.names} onChange={(names) => onChange({ ...when, names })} />;
    case "purchase":
      return <Field label={t("promotion.field.number")} field={place} value={when.number} onChange={(number) => onChange({ ...when, number })} />;
    case "birthday":
      return (
        <div className="grid grid-cols-2 gap-3">
          <Field label={t("promotion.field.before")} field={`${place}.before`} value={when.before} onChange={(before) => onChange({ ...when, before })} />
          <Field label={t("promotion.field.after")} field={`${place}.after`} value={when.after} onChange={(after) => onChange({ ...when, after })} />
        </div>
      );
    case "location":
      return <Ticks label={t("promotion.field.places")} value={when.ids} options={locations.map(({ id, name }) => [id, name] as const)} onChange={(ids) => onChange({ ...when, ids })} />;
    case "channel": {
      const names = [...new Set([...CHANNELS, ...when.names])];
      return <Ticks label={t("promotion.field.channels")} value={when.names} options={names.map((name) => [name, channelName(name, t)] as const)} onChange={(chosen) => onChange({ ...when, names: chosen })} />;
    }
    case "tender":
      return <Ticks label={t("promotion.field.tenders")} value={when.kinds} options={TENDERS.map((kind) => [kind, tenderName(kind, t)] as const)} onChange={(kinds) => onChange({ ...when, kinds })} />;
    case "hours":
      return <Hours when={when} place={place} onChange={onChange} words={words} />;
    case "dates":
      return <Dates when={when} place={place} onChange={onChange} words={words} />;
    case "quantity":
    case "amount":
      return <Range when={when} place={place} onChange={onChange} words={words} />;
    case "distinct":
      return (
        <>
          <GoodsField label={t("promotion.field.goods")} field={`${place}.of`} value={when.goods} onChange={(goods) => onChange({ ...when, goods })} words={words} />
          <Field label={t("promotion.field.atLeast")} field={`${place}.at_least`} value={when.atLeast} onChange={(atLeast) => onChange({ ...when, atLeast })} />
        </>
      );
    case "other":
      return <OtherNote what={kindOf(when.json)} />;
  }
}

function Hours({ when, onChange }: ConditionProps<When & { kind: "hours" }>) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const isAllDay = when.from === when.until;
  return (
    <>
      <Ticks label={t("promotion.field.weekdays")} value={when.weekdays} options={WEEKDAYS.map((day) => [day, weekdayName(day, locale)] as const)} onChange={(weekdays) => onChange({ ...when, weekdays })} />
      <Options
        label={t("promotion.kind.hours")}
        value={isAllDay ? "all" : "some"}
        options={[["all", t("promotion.field.allDay")], ["some", t("promotion.field.hourFrom") + " – " + t("promotion.field.hourUntil")]]}
        onChange={(some) => onChange(some === "all" ? { ...when, from: "00:00", until: "00:00" } : { ...when, from: "18:00", until: "21:00" })}
      />
      {!isAllDay && (
        <div className="grid grid-cols-2 gap-3">
          <TimeField label={t("promotion.field.hourFrom")} value={when.from} onChange={(from) => onChange({ ...when, from })} />
          <TimeField label={t("promotion.field.hourUntil")} value={when.until} onChange={(until) => onChange({ ...when, until })} />
        </div>
      )}
    </>
  );
}

function Dates({ when, place, onChange }: ConditionProps<When & { kind: "dates" }>) {
  const { t } = useTranslation("office");
  return (
    <>
      <MomentField day={t("promotion.field.fromDate")} time={t("promotion.field.fromTime")} value={when.from} onChange={(from) => onChange({ ...when, from })} />
      <div>
        <MomentField day={t("promotion.field.untilDate")} time={t("promotion.field.untilTime")} value={when.until} onChange={(until) => onChange({ ...when, until })} />
        <p className="mt-1 text-sm text-faint">{t("promotion.field.untilHint")}</p>
      </div>
      {when.until && (
        <Field label={t("promotion.field.grace")} hint={t("promotion.field.graceHint")} field={`${place}.grace_minutes`} value={when.grace} onChange={(grace) => onChange({ ...when, grace })} />
      )}
    </>
  );
}

function Range({ when, place, onChange, words }: ConditionProps<When & { kind: "quantity" | "amount" }>) {
  const { t } = useTranslation("office");
  const Number = when.kind === "amount" ? MoneyField : Field;
  return (
    <>
      <GoodsField label={t("promotion.field.goods")} field={`${place}.of`} value={when.goods} onChange={(goods) => onChange({ ...when, goods })} words={words} />
      <div className="grid grid-cols-2 gap-3">
        <Number label={t("promotion.field.atLeast")} field={`${place}.at_least`} value={when.atLeast} onChange={(atLeast) => onChange({ ...when, atLeast })} />
        <Number label={t("promotion.field.atMost")} field={`${place}.at_most`} value={when.atMost} placeholder={t("promotion.field.noLimit")} onChange={(atMost) => onChange({ ...when, atMost })} />
      </div>
      {when.kind === "quantity" ? (
        <SelectField label={t("promotion.field.measure")} value={when.measure} options={MEASURES.map((measure): [string, string] => [measure, t(`promotion.field.bys.${measure}`)])} onChange={(measure) => onChange({ ...when, measure: measure as Measure })} />
      ) : (
        <Options label={t("promotion.field.ofPrice")} value={when.base} options={[["remaining", t("promotion.field.ofPrices.remaining")], ["list", t("promotion.field.ofPrices.list")]]} onChange={(base) => onChange({ ...when, base })} />
      )}
    </>
  );
}

/** Names that are typed, each as a chip. */
function Names({ value, onChange }: { value: string[]; onChange: (names: string[]) => void }) {
  const { t } = useTranslation("office");
  const { isLocked } = useEditing();
  const [text, setText] = useState("");
  const add = () => {
    const name = text.trim();
    if (name && !value.includes(name)) onChange([...value, name]);
    setText("");
  };
  return (
    <div className="flex flex-col gap-3">
      <ul className="flex flex-wrap gap-2 empty:hidden">
        {value.map((name) => (
          <li key={name}>
            <button
              type="button"
              disabled={isLocked}
              aria-label={t("promotion.goods.remove", { name })}
              onClick={() => onChange(value.filter((one) => one !== name))}
              className="inline-flex min-h-12 items-center gap-2 rounded-full border border-mint bg-pine-wash pr-3 pl-4 font-medium text-pine"
            >
              {name}
              <X aria-hidden className="size-4.5" />
            </button>
          </li>
        ))}
      </ul>
      <div className="flex items-end gap-2">
        <div className="flex-1">
          <Field label={t("promotion.field.names")} field="" value={text} onChange={setText} onEnter={add} isText />
        </div>
        <Button icon={<Plus aria-hidden className="size-5" />} disabled={isLocked || text.trim() === ""} onClick={add}>
          {t("promotion.field.addName")}
        </Button>
      </div>
    </div>
  );
}

