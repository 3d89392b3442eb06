import { TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";

import { languages } from "../../i18n";
import { Button } from "../../ui/Button";
import { mayEverywhere, useSession } from "../session/SessionContext";
import { Card } from "../ui/PageHead";
import { SelectField } from "../ui/SelectField";
import type { When } from "./condition";
import { card, isForKnown, type Form } from "./draft";
import { isFree } from "./effect";
import { useEditing } from "./EditorContext";
import { Field, MoneyField, Options, Tick, WrongList } from "./Fields";

interface CardProps {
  form: Form;
  onChange: (part: Partial<Form>) => void;
}

const MODES = ["compounding", "best_of", "exclusive"] as const;
/** Words for which comes first; any other number is shown as it is. */
const ORDERS = { before: "10", same: "0", after: "-10" } as const;
type Order = keyof typeof ORDERS;

/** How it goes together with others, in words. */
export function CombinationCard({ form, onChange }: CardProps) {
  const { t } = useTranslation("office");
  const session = useSession();
  const { combination } = form;
  const set = (part: Partial<Form["combination"]>) => onChange({ combination: { ...combination, ...part } });
  const order = (Object.keys(ORDERS) as Order[]).find((name) => ORDERS[name] === combination.priority);
  const mayBelowCost = mayEverywhere(session, "promotion.below_cost");
  return (
    <Card title={t("promotion.combine.title")}>
      <div className="flex flex-col gap-4 px-5 pb-5">
        <div>
          <Options label={t("promotion.combine.mode")} value={combination.mode} options={MODES.map((mode) => [mode, t(`promotion.combine.modes.${mode}`)] as const)} onChange={(mode) => set({ mode })} />
          <p className="mt-1 text-sm text-faint">{t(`promotion.combine.modeHints.${combination.mode}`)}</p>
        </div>
        {combination.mode === "best_of" && <Field label={t("promotion.combine.group")} field="combination.group" value={combination.group} onChange={(group) => set({ group })} isText />}
        <WrongList place="combination.mode" />
        <Options label={t("promotion.combine.order")} value={order ?? "other"} options={[...(Object.keys(ORDERS) as Order[]).map((name) => [name, t(`promotion.combine.orders.${name}`)] as const), ...(order ? [] : [["other", combination.priority] as const])]} onChange={(name) => name !== "other" && set({ priority: ORDERS[name] })} />
        <MoneyField label={t("promotion.combine.cap")} field="combination.cap" value={combination.cap} placeholder={t("promotion.field.noLimit")} onChange={(cap) => set({ cap })} />
        <Tick label={t("promotion.combine.onlyUnreduced")} value={combination.onlyUnreduced} onChange={(onlyUnreduced) => set({ onlyUnreduced })} />
        {(mayBelowCost || combination.belowCost) && (
          <Tick label={t("promotion.combine.belowCost")} value={combination.belowCost} onChange={(belowCost) => set({ belowCost })}>
            {combination.belowCost && (
              <p className="flex items-start gap-2 rounded-field bg-amber-wash px-3 py-2 text-amber">
                <TriangleAlert aria-hidden className="mt-0.5 size-5 shrink-0" />
                {t("promotion.combine.belowCostWarning")}
              </p>
            )}
          </Tick>
        )}
        {!combination.belowCost && form.give.some(({ is }) => isFree(is)) && <p className="rounded-field bg-sunken px-3 py-2 text-soft">{t(mayBelowCost ? "promotion.combine.freeAtCost" : "promotion.combine.freeAtCostOnly")}</p>}
        <WrongList place="combination.below_cost" />
      </div>
    </Card>
  );
}

const COUNTS = [
  ["units", "units"],
  ["uses", "uses"],
  ["usesPerDay", "uses_per_day"],
  ["usesPerCustomer", "uses_per_customer"],
] as const;

/** How often, and how much. */
export function LimitsCard({ form, onChange }: CardProps) {
  const { t } = useTranslation("office");
  const { isLocked } = useEditing();
  const { limits } = form;
  const set = (part: Partial<Form["limits"]>) => onChange({ limits: { ...limits, ...part } });
  const none = t("promotion.field.noLimit");
  const isUnknown = limits.usesPerCustomer.trim() !== "" && !isForKnown(form) && !isLocked;
  return (
    <Card title={t("promotion.limits.title")}>
      <div className="flex flex-col gap-4 px-5 pb-5">
        <p className="text-soft">{t("promotion.limits.hint")}</p>
        <div className="grid gap-4 sm:grid-cols-2">
          {COUNTS.map(([name, field]) => (
            <Field key={name} label={t(`promotion.limits.${name}`)} field={`limits.${field}`} value={limits[name]} placeholder={none} onChange={(value) => set({ [name]: value })} />
          ))}
          <MoneyField label={t("promotion.limits.budget")} field="limits.budget" value={limits.budget} placeholder={none} onChange={(budget) => set({ budget })} />
        </div>
        {isUnknown && (
          <div className="flex flex-wrap items-center gap-3">
            <p className="text-amber">{t("promotion.problem.known")}</p>
            <Button onClick={() => onChange({ when: [...form.when, card<When>({ kind: "member" })] })}>{t("promotion.limits.membersOnly")}</Button>
          </div>
        )}
        {limits.budget.trim() !== "" && (
          <SelectField label={t("promotion.limits.short")} value={limits.short} options={[["rest", t("promotion.limits.shorts.rest")], ["nothing", t("promotion.limits.shorts.nothing")]]} onChange={(short) => set({ short: short === "nothing" ? short : "rest" })} />
        )}
      </div>
    </Card>
  );
}

/** What customers read on receipts and shelves. */
export function LabelsCard({ form, onChange }: CardProps) {
  const { t } = useTranslation("office");
  return (
    <Card title={t("promotion.labels.title")}>
      <div className="flex flex-col gap-4 px-5 pb-5">
        <p className="text-soft">{t("promotion.labels.hint")}</p>
        {(Object.keys(languages) as (keyof typeof languages)[]).map((language) => (
          <Field
            key={language}
            label={t(`promotion.labels.${language}`)}
            field={`labels.${language}`}
            value={form.labels[language] ?? ""}
            placeholder={form.name}
            onChange={(text) => onChange({ labels: { ...form.labels, [language]: text } })}
            isText
          />
        ))}
        <WrongList place="labels" />
      </div>
    </Card>
  );
}
