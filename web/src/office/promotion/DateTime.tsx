import { useId } from "react";
import { useTranslation } from "react-i18next";

import { SelectField } from "../ui/SelectField";
import { useEditing } from "./EditorContext";

const STEP_MINUTES = 30;
const DAY_MINUTES = 1440;
const two = (number: number) => String(number).padStart(2, "0");
const STEPS = Array.from({ length: DAY_MINUTES / STEP_MINUTES }, (_, at) => `${two(Math.floor((at * STEP_MINUTES) / 60))}:${two((at * STEP_MINUTES) % 60)}`);

/** A time of the day, to be touched; one between the steps stays. */
export function TimeField({ label, value, onChange }: { label: string; value: string; onChange: (time: string) => void }) {
  const { t } = useTranslation("office");
  const times = STEPS.includes(value) ? STEPS : [...STEPS, value].toSorted();
  const word = (time: string) => (time === "00:00" ? `00:00 · ${t("promotion.field.midnight")}` : time);
  return <SelectField label={label} value={value} options={times.map((time): [string, string] => [time, word(time)])} onChange={onChange} />;
}

export function DayField({ label, value, onChange }: { label: string; value: string; onChange: (day: string) => void }) {
  const id = useId();
  const { isLocked } = useEditing();
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="mb-1 block font-medium text-soft">
        {label}
      </label>
      <input
        id={id}
        type="date"
        readOnly={isLocked}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onClick={(event) => {
          // The calendar opens wherever it is touched, not at its icon alone.
          if (!isLocked) event.currentTarget.showPicker?.();
        }}
        className="min-h-12 w-full rounded-field border border-edge bg-surface px-3"
      />
    </div>
  );
}

/** A day with a time: `2026-11-23T18:00`, or nothing. */
export function MomentField({ day, time, value, onChange }: { day: string; time: string; value: string; onChange: (moment: string) => void }) {
  const [date = "", at = "00:00"] = value.split("T");
  return (
    <div className="grid grid-cols-2 gap-3">
      <DayField label={day} value={date} onChange={(next) => onChange(next && `${next}T${at}`)} />
      <TimeField label={time} value={at} onChange={(next) => onChange(date && `${date}T${next}`)} />
    </div>
  );
}
