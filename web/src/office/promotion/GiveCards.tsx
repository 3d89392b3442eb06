import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "../../ui/Button";
import { SelectField } from "../ui/SelectField";
import { BundleFields } from "./BundleFields";
import { AddCards, CardShell, OtherNote } from "./CardShell";
import { kindOf, type Base } from "./document";
import { card, type Form } from "./draft";
import { emptyGive, lookOf, off, GIVE_KINDS, type TargetText, type Give, type TierBy } from "./effect";
import { useEditing } from "./EditorContext";
import { Field, MoneyField, Options, Tick, WrongList } from "./Fields";
import { GoodsField } from "./GoodsField";
import { OffFields } from "./OffFields";
import { sayGive, type Words } from "./sentence";
import { VariantDialog } from "./VariantDialog";

interface CardsProps {
  form: Form;
  onChange: (part: Partial<Form>) => void;
  words: Words;
}

/** What it gives: one card for each. */
export function GiveCards({ form, onChange, words }: CardsProps) {
  const { t } = useTranslation("office");
  const set = (key: number, is: Give) => onChange({ give: form.give.map((one) => (one.key === key ? { key, is } : one)) });
  return (
    <section aria-labelledby="promotion-then" className="flex flex-col gap-3">
      <h2 id="promotion-then" className="text-xl font-semibold">
        {t("promotion.then.title")}
      </h2>
      {form.give.length === 0 && <p className="text-soft">{t("promotion.then.none")}</p>}
      <ol className="flex flex-col gap-3 empty:hidden">
        {form.give.map(({ key, is }, index) => {
          const title = t(`promotion.gives.${is.kind === "bundle" ? lookOf(is) : is.kind}`);
          return (
            <CardShell
              key={key}
              label={t("promotion.then.card", { number: index + 1, what: title })}
              title={title}
              sentence={sayGive(is, words)}
              removeLabel={t("promotion.then.remove", { number: index + 1, what: title })}
              onRemove={() => onChange({ give: form.give.filter((one) => one.key !== key) })}
              place={`effects[${index}]`}
            >
              <Effect give={is} place={`effects[${index}]`} onChange={(next) => set(key, next)} words={words} />
            </CardShell>
          );
        })}
      </ol>
      <AddCards
        label={t("promotion.then.add")}
        offers={GIVE_KINDS}
        word={(kind) => t(`promotion.gives.${kind}`)}
        onAdd={(kind) => onChange({ give: [...form.give, card<Give>(emptyGive[kind]())] })}
      />
    </section>
  );
}

export interface EffectProps<E extends Give = Give> {
  give: E;
  place: string;
  onChange: (give: Give) => void;
  words: Words;
}

function Effect({ give, place, onChange, words }: EffectProps) {
  const { t } = useTranslation("office");
  switch (give.kind) {
    case "percent":
      return (
        <>
          <Field label={t("promotion.field.percent")} field={`${place}.off`} value={give.off} unit="%" onChange={(value) => onChange({ ...give, off: value })} />
          <TargetFields target={give.target} place={place} onChange={(target) => onChange({ ...give, target })} words={words} />
          <PriceBase value={give.of} onChange={(of) => onChange({ ...give, of })} />
        </>
      );
    case "amount":
      return (
        <>
          <MoneyField label={t("promotion.field.amount")} field={`${place}.off`} value={give.off} onChange={(value) => onChange({ ...give, off: value })} />
          <TargetFields target={give.target} place={place} onChange={(target) => onChange({ ...give, target })} words={words} />
          <Field label={t("promotion.field.per")} hint={t("promotion.field.perHint")} field={`${place}.per`} value={give.per} onChange={(per) => onChange({ ...give, per })} />
        </>
      );
    case "price":
      return (
        <>
          <MoneyField label={t("promotion.field.price")} field={`${place}.price`} value={give.price} onChange={(price) => onChange({ ...give, price })} />
          <TargetFields target={give.target} place={place} onChange={(target) => onChange({ ...give, target })} words={words} />
          <Field label={t("promotion.field.per")} hint={t("promotion.field.perHint")} field={`${place}.per`} value={give.per} onChange={(per) => onChange({ ...give, per })} />
        </>
      );
    case "tiers":
      return <Tiers give={give} place={place} onChange={onChange} words={words} />;
    case "bundle":
      return <BundleFields give={give} place={place} onChange={onChange} words={words} />;
    case "spread":
      return (
        <>
          <OffFields off={give.off} field={`${place}.off`} onChange={(next) => onChange({ ...give, off: next })} />
          <TargetFields target={give.target} place={place} onChange={(target) => onChange({ ...give, target })} words={words} />
        </>
      );
    case "gift":
      return <Gift give={give} place={place} onChange={onChange} words={words} />;
    case "points":
      return <Points give={give} place={place} onChange={onChange} words={words} />;
    case "shipping":
      return <Shipping give={give} place={place} onChange={onChange} words={words} />;
    case "other":
      return <OtherNote what={kindOf(give.json)} />;
  }
}

function PriceBase({ value, onChange }: { value: Base; onChange: (base: Base) => void }) {
  const { t } = useTranslation("office");
  return <Options label={t("promotion.field.ofPrice")} value={value} options={[["remaining", t("promotion.field.ofPrices.remaining")], ["list", t("promotion.field.ofPrices.list")]]} onChange={onChange} />;
}

const PICKS = ["best", "cheapest", "dearest"] as const;

function TargetFields({ target, place, onChange, words }: { target: TargetText; place: string; onChange: (target: TargetText) => void; words: Words }) {
  const { t } = useTranslation("office");
  const none = t("promotion.field.noLimit");
  const isLimited = target.most.trim() !== "" || target.mostPerLine.trim() !== "" || target.pick !== "best";
  return (
    <>
      <GoodsField label={t("promotion.field.goods")} field={`${place}.target.of`} value={target.goods} onChange={(goods) => onChange({ ...target, goods })} words={words} />
      <div className="grid grid-cols-2 gap-3">
        <Field label={t("promotion.field.most")} field={`${place}.target.most`} value={target.most} placeholder={none} onChange={(most) => onChange({ ...target, most })} />
        <Field label={t("promotion.field.mostPerLine")} field={`${place}.target.most_per_line`} value={target.mostPerLine} placeholder={none} onChange={(mostPerLine) => onChange({ ...target, mostPerLine })} />
      </div>
      {isLimited && <Options label={t("promotion.field.pick")} value={target.pick} options={PICKS.map((pick) => [pick, t(`promotion.field.picks.${pick}`)] as const)} onChange={(pick) => onChange({ ...target, pick })} />}
    </>
  );
}

const TIER_BY = ["pieces", "amount", "grams", "millilitres", "millimetres"] as const satisfies readonly TierBy[];

function Tiers({ give, place, onChange, words }: EffectProps<Give & { kind: "tiers" }>) {
  const { t } = useTranslation("office");
  const { isLocked } = useEditing();
  const { steps } = give;
  const From = give.by === "amount" ? MoneyField : Field;
  return (
    <>
      <SelectField label={t("promotion.field.by")} value={give.by} options={TIER_BY.map((by): [string, string] => [by, t(`promotion.field.bys.${by}`)])} onChange={(by) => onChange({ ...give, by: by as TierBy })} />
      <ol className="flex flex-col gap-3">
        {steps.map((step, index) => {
          const set = (next: typeof step) => onChange({ ...give, steps: steps.map((one, at) => (at === index ? next : one)) });
          const path = `${place}.steps[${index}]`;
          return (
            // Tiers have no name of their own, and keep their order.
            // oxlint-disable-next-line react/no-array-index-key
            <li key={index}>
              <fieldset className="flex flex-col gap-3 rounded-field border border-line p-3">
                <legend className="px-1 font-medium">{t("promotion.field.tier", { number: index + 1 })}</legend>
                <From label={t("promotion.field.tierFrom")} field={`${path}.from`} value={step.from} onChange={(from) => set({ ...step, from })} />
                <OffFields off={step.off} field={`${path}.off`} onChange={(next) => set({ ...step, off: next })} />
                {steps.length > 1 && !isLocked && (
                  <Button kind="quiet" icon={<Trash2 aria-hidden className="size-5" />} onClick={() => onChange({ ...give, steps: steps.filter((_, at) => at !== index) })}>
                    {t("promotion.field.removeTier", { number: index + 1 })}
                  </Button>
                )}
              </fieldset>
            </li>
          );
        })}
      </ol>
      <WrongList place={`${place}.steps`} />
      {!isLocked && (
        <Button icon={<Plus aria-hidden className="size-5" />} onClick={() => onChange({ ...give, steps: [...steps, { from: "", off: off(steps.at(-1)?.off.kind ?? "percent") }] })}>
          {t("promotion.field.addTier")}
        </Button>
      )}
      <TargetFields target={give.target} place={place} onChange={(target) => onChange({ ...give, target })} words={words} />
    </>
  );
}

function Gift({ give, place, onChange, words }: EffectProps<Give & { kind: "gift" }>) {
  const { t } = useTranslation("office");
  const { isLocked } = useEditing();
  const [isOpen, setOpen] = useState(false);
  const name = give.variant ? (words.name("variants", give.variant) ?? give.variant) : t("promotion.goods.pickProduct");
  return (
    <>
      <div>
        <p className="mb-1 font-medium text-soft">{t("promotion.field.product")}</p>
        <Button className="w-full justify-start!" disabled={isLocked} aria-label={`${t("promotion.field.product")}: ${name}`} onClick={() => setOpen(true)}>
          {name}
        </Button>
        <div className="mt-1">
          <WrongList place={`${place}.variant`} />
        </div>
      </div>
      <Field label={t("promotion.field.count")} field={`${place}.quantity`} value={give.quantity} onChange={(quantity) => onChange({ ...give, quantity })} />
      {isOpen && <VariantDialog title={t("promotion.goods.pickProduct")} onClose={() => setOpen(false)} onChoose={({ id }) => onChange({ ...give, variant: id })} />}
    </>
  );
}

const EARNS = ["fixed", "per_unit", "per_amount"] as const;

function Points({ give, place, onChange, words }: EffectProps<Give & { kind: "points" }>) {
  const { t } = useTranslation("office");
  return (
    <>
      <Options label={t("promotion.field.earn")} value={give.earn} options={EARNS.map((earn) => [earn, t(`promotion.field.earns.${earn}`)] as const)} onChange={(earn) => onChange({ ...give, earn })} />
      <Field label={t("promotion.field.count")} field={`${place}.earn`} value={give.points} onChange={(points) => onChange({ ...give, points })} />
      {give.earn === "per_amount" && <MoneyField label={t("promotion.field.each")} field={`${place}.earn.each`} value={give.each} onChange={(each) => onChange({ ...give, each })} />}
      {give.earn !== "fixed" && <GoodsField label={t("promotion.field.goods")} field={`${place}.of`} value={give.goods} onChange={(goods) => onChange({ ...give, goods })} words={words} />}
    </>
  );
}

function Shipping({ give, place, onChange }: EffectProps<Give & { kind: "shipping" }>) {
  const { t } = useTranslation("office");
  const [methods, setMethods] = useState(give.methods.join(", "));
  const take = (text: string) => {
    setMethods(text);
    onChange({ ...give, methods: text.split(",").map((part) => part.trim()).filter(Boolean) });
  };
  return (
    <>
      <OffFields off={give.off} field={`${place}.off`} onChange={(next) => onChange({ ...give, off: next })} />
      <Field label={t("promotion.field.methods")} hint={t("promotion.field.methodsHint")} field={`${place}.methods`} value={methods} onChange={take} isText />
      <Tick label={t("promotion.field.shared")} value={give.isShared} onChange={(isShared) => onChange({ ...give, isShared })} />
    </>
  );
}

