import { Plus, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";

import { Button } from "../../ui/Button";
import { SelectField } from "../ui/SelectField";
import { lookOf, part as newPart, type BundleText, type PartText, type Give } from "./effect";
import { useEditing } from "./EditorContext";
import { Field, MoneyField, Options, Tick, WrongList } from "./Fields";
import { GoodsField } from "./GoodsField";
import { OffFields } from "./OffFields";
import type { Words } from "./sentence";

interface BundleProps {
  give: BundleText;
  place: string;
  onChange: (give: Give) => void;
  words: Words;
}

const PICKS = ["best", "cheapest", "dearest"] as const;

/** Units that are bought together: in the words of the usual kinds, or part by part. */
export function BundleFields(props: BundleProps) {
  const { t } = useTranslation("office");
  const { give, place, onChange } = props;
  const looks = { cheapest: Cheapest, bxgy: BuyGet, forPrice: ForPrice, bundle: Parts };
  const Look = looks[lookOf(give)];
  return (
    <>
      <Look {...props} />
      <WrongList place={`${place}.parts`} />
      <Field label={t("promotion.field.times")} field={`${place}.times`} value={give.times} placeholder={t("promotion.field.noLimit")} onChange={(times) => onChange({ ...give, times })} />
    </>
  );
}

const withPart = (give: BundleText, index: number, part: PartText): BundleText => ({ ...give, parts: give.parts.map((one, at) => (at === index ? part : one)) });

/** Of each 3, the cheapest 1 free. */
function Cheapest({ give, place, onChange, words }: BundleProps) {
  const { t } = useTranslation("office");
  const [part] = give.parts;
  if (!part) return null;
  const set = (next: PartText) => onChange(withPart(give, 0, next));
  return (
    <>
      <GoodsField label={t("promotion.field.goods")} field={`${place}.parts[0].of`} value={part.goods} onChange={(goods) => set({ ...part, goods })} words={words} />
      <div className="grid grid-cols-2 gap-3">
        <Field label={t("promotion.field.ofEach")} field={`${place}.parts[0].count`} value={part.count} onChange={(count) => set({ ...part, count })} />
        <Field label={t("promotion.field.cheapest")} field={`${place}.reward.on`} value={give.cheapest} onChange={(cheapest) => onChange({ ...give, cheapest })} />
      </div>
      <OffFields off={give.off} field={`${place}.reward.off`} onChange={(off) => onChange({ ...give, off })} />
    </>
  );
}

/** Who buys 2 of these gets the cheapest of those free. */
function BuyGet({ give, place, onChange, words }: BundleProps) {
  const { t } = useTranslation("office");
  const [bought, given] = give.parts;
  if (!bought || !given) return null;
  const sides = [
    [0, bought, t("promotion.field.boughtGoods")],
    [1, given, t("promotion.field.freeGoods")],
  ] as const;
  return (
    <>
      {sides.map(([index, part, label]) => (
        <fieldset key={index} className="flex flex-col gap-3 rounded-field border border-line p-3">
          <legend className="px-1 font-medium">{label}</legend>
          <Field label={t("promotion.field.count")} field={`${place}.parts[${index}].count`} value={part.count} onChange={(count) => onChange(withPart(give, index, { ...part, count }))} />
          <GoodsField label={t("promotion.field.goods")} field={`${place}.parts[${index}].of`} value={part.goods} onChange={(goods) => onChange(withPart(give, index, { ...part, goods }))} words={words} />
          {index === 1 && <PickOptions value={part.pick} onChange={(pick) => onChange(withPart(give, index, { ...part, pick }))} />}
        </fieldset>
      ))}
      <OffFields off={give.off} field={`${place}.reward.off`} onChange={(off) => onChange({ ...give, off })} />
    </>
  );
}

function PickOptions({ value, onChange }: { value: PartText["pick"]; onChange: (pick: PartText["pick"]) => void }) {
  const { t } = useTranslation("office");
  return <Options label={t("promotion.field.pick")} value={value} options={PICKS.map((pick) => [pick, t(`promotion.field.picks.${pick}`)] as const)} onChange={onChange} />;
}

/** Any 3 of these for a price. */
function ForPrice({ give, place, onChange, words }: BundleProps) {
  const { t } = useTranslation("office");
  const [part] = give.parts;
  if (!part) return null;
  const set = (next: PartText) => onChange(withPart(give, 0, next));
  return (
    <>
      <GoodsField label={t("promotion.field.goods")} field={`${place}.parts[0].of`} value={part.goods} onChange={(goods) => set({ ...part, goods })} words={words} />
      <div className="grid grid-cols-2 gap-3">
        <Field label={t("promotion.field.count")} field={`${place}.parts[0].count`} value={part.count} onChange={(count) => set({ ...part, count })} />
        <MoneyField label={t("promotion.field.price")} field={`${place}.reward.off`} value={give.off.value} onChange={(value) => onChange({ ...give, off: { kind: "price", value } })} />
      </div>
      <Tick label={t("promotion.field.different")} value={part.isDistinct} onChange={(isDistinct) => set({ ...part, isDistinct })} />
    </>
  );
}

/** Any bundle, part by part. */
function Parts({ give, place, onChange, words }: BundleProps) {
  const { t } = useTranslation("office");
  const { isLocked } = useEditing();
  const { parts } = give;
  const on = give.on === "part" ? `part ${give.part}` : give.on;
  const options = [
    ["all", t("promotion.field.ons.all")],
    ["cheapest", t("promotion.field.ons.cheapest")],
    ...parts.map((_, index) => [`part ${index}`, t("promotion.field.ons.part", { number: index + 1 })]),
  ] as [string, string][];
  const reward = (value: string) => {
    if (value === "all" || value === "cheapest") onChange({ ...give, on: value });
    else onChange({ ...give, on: "part", part: Number(value.split(" ")[1]) });
  };
  const remove = (index: number) => onChange({ ...give, parts: parts.filter((_, at) => at !== index), part: Math.min(give.part, parts.length - 2) });
  return (
    <>
      {parts.map((part, index) => {
        const path = `${place}.parts[${index}]`;
        const set = (next: PartText) => onChange(withPart(give, index, next));
        return (
          // Parts have no name of their own, and keep their order.
          // oxlint-disable-next-line react/no-array-index-key
          <fieldset key={index} className="flex flex-col gap-3 rounded-field border border-line p-3">
            <legend className="px-1 font-medium">{t("promotion.field.part", { number: index + 1 })}</legend>
            <Field label={t("promotion.field.count")} field={`${path}.count`} value={part.count} onChange={(count) => set({ ...part, count })} />
            <GoodsField label={t("promotion.field.goods")} field={`${path}.of`} value={part.goods} onChange={(goods) => set({ ...part, goods })} words={words} />
            <PickOptions value={part.pick} onChange={(pick) => set({ ...part, pick })} />
            <Tick label={t("promotion.field.different")} value={part.isDistinct} onChange={(isDistinct) => set({ ...part, isDistinct })} />
            {parts.length > 1 && !isLocked && (
              <Button kind="quiet" icon={<Trash2 aria-hidden className="size-5" />} onClick={() => remove(index)}>
                {t("promotion.field.removePart", { number: index + 1 })}
              </Button>
            )}
          </fieldset>
        );
      })}
      {!isLocked && (
        <Button icon={<Plus aria-hidden className="size-5" />} onClick={() => onChange({ ...give, parts: [...parts, newPart()] })}>
          {t("promotion.field.addPart")}
        </Button>
      )}
      <SelectField label={t("promotion.field.on")} value={on} options={options} onChange={reward} />
      {give.on === "cheapest" && <Field label={t("promotion.field.cheapest")} field={`${place}.reward.on`} value={give.cheapest} onChange={(cheapest) => onChange({ ...give, cheapest })} />}
      <OffFields off={give.off} field={`${place}.reward.off`} onChange={(off) => onChange({ ...give, off })} />
    </>
  );
}
