import { clsx } from "clsx";
import { CircleAlert } from "lucide-react";
import { useId, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { useMoney } from "../../format/CurrencyContext";
import { useEditing } from "./EditorContext";
import { wrongAt, wrongsIn, type Wrong } from "./problems";

interface FieldProps {
  label: string;
  /** Its place in the document: what is wrong there is said here. */
  field: string;
  hint?: string | undefined;
  value: string;
  onChange: (value: string) => void;
  /** Behind the number: `%`, `USD`. */
  unit?: string | undefined;
  placeholder?: string | undefined;
  isFirst?: boolean;
  /** Words, not a number. */
  isText?: boolean;
  /** Enter is pressed, which then does not send the form around it. */
  onEnter?: () => void;
}

/** A number or a name, with what is wrong about it. */
export function Field({ label, field, hint, value, onChange, unit, placeholder, isFirst = false, isText = false, onEnter }: FieldProps) {
  const id = useId();
  const { wrongs, isLocked } = useEditing();
  const wrong = wrongAt(wrongs, field);
  const told = [hint && `${id}-hint`, wrong && `${id}-wrong`].filter(Boolean).join(" ");
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="mb-1 block font-medium text-soft">
        {label}
      </label>
      <div className="relative">
        <input
          id={id}
          type="text"
          inputMode={isText ? undefined : "decimal"}
          autoComplete="off"
          autoFocus={isFirst}
          maxLength={200}
          readOnly={isLocked}
          value={value}
          placeholder={placeholder}
          onChange={(event) => onChange(event.target.value)}
          onKeyDown={(event) => {
            if (!onEnter || event.key !== "Enter") return;
            event.preventDefault();
            onEnter();
          }}
          aria-invalid={wrong ? true : undefined}
          aria-describedby={told || undefined}
          className={clsx("min-h-12 w-full rounded-field border px-3 placeholder:text-faint", unit && "pr-14", wrong ? "border-rust" : "border-edge", isLocked ? "bg-sunken text-soft" : "bg-surface")}
        />
        {unit && <span className="pointer-events-none absolute inset-y-0 right-3 flex items-center text-faint">{unit}</span>}
      </div>
      {hint && (
        <p id={`${id}-hint`} className="mt-1 text-sm text-faint">
          {hint}
        </p>
      )}
      {wrong && (
        <p id={`${id}-wrong`} className="mt-1 flex items-start gap-1.5 text-sm font-medium text-rust">
          <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
          <WrongText wrong={wrong} />
        </p>
      )}
    </div>
  );
}

export function MoneyField(props: Omit<FieldProps, "unit" | "isText">) {
  return <Field {...props} unit={useMoney().currency.code} />;
}

export function WrongText({ wrong }: { wrong: Wrong }) {
  const { i18n } = useTranslation("office");
  // Which figures a sentence names differs between the sentences.
  const say = i18n.t as unknown as (key: string, figures: object) => string;
  return <span>{say(`office:${wrong.key}`, wrong.figures)}</span>;
}

/** What is wrong at a place that has no field of its own. */
export function WrongList({ place, isDeep = false }: { place: string; isDeep?: boolean }) {
  const { wrongs } = useEditing();
  const here = isDeep ? wrongsIn(wrongs, place) : wrongs.filter(({ field }) => field === place);
  if (here.length === 0) return null;
  return (
    <ul role="alert" className="flex flex-col gap-1 text-sm font-medium text-rust">
      {here.map((wrong) => (
        <li key={`${wrong.field} ${wrong.key}`} className="flex items-start gap-1.5">
          <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
          <WrongText wrong={wrong} />
        </li>
      ))}
    </ul>
  );
}

interface OptionsProps<T extends string> {
  label: string;
  value: T;
  /** Value and word. */
  options: readonly (readonly [T, string])[];
  onChange: (value: T) => void;
}

/** One of few, each a button to touch. */
export function Options<T extends string>({ label, value, options, onChange }: OptionsProps<T>) {
  const name = useId();
  const { isLocked } = useEditing();
  return (
    <fieldset className="min-w-0" disabled={isLocked}>
      <legend className="mb-1 font-medium text-soft">{label}</legend>
      <div className="flex flex-wrap gap-2">
        {options.map(([option, word]) => (
          <label key={option} className={pill(option === value)}>
            <input type="radio" name={name} className="sr-only" checked={option === value} onChange={() => onChange(option)} />
            {word}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

const pill = (isChosen: boolean) =>
  clsx(
    "inline-flex min-h-12 min-w-12 cursor-pointer items-center justify-center rounded-field border px-3.5 font-medium select-none has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-pine",
    isChosen ? "border-pine bg-pine text-white" : "border-edge bg-surface hover:bg-sunken",
  );

interface TicksProps<T> {
  label: string;
  value: readonly T[];
  options: readonly (readonly [T, string])[];
  onChange: (value: T[]) => void;
}

/** Some of several, each a button to touch. */
export function Ticks<T extends string | number>({ label, value, options, onChange }: TicksProps<T>) {
  const { isLocked } = useEditing();
  const turn = (option: T) => onChange(value.includes(option) ? value.filter((one) => one !== option) : [...value, option]);
  return (
    <fieldset className="min-w-0" disabled={isLocked}>
      <legend className="mb-1 font-medium text-soft">{label}</legend>
      <div className="flex flex-wrap gap-2">
        {options.map(([option, word]) => (
          <label key={option} className={pill(value.includes(option))}>
            <input type="checkbox" className="sr-only" checked={value.includes(option)} onChange={() => turn(option)} />
            {word}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** Yes or no. */
export function Tick({ label, value, onChange, children }: { label: string; value: boolean; onChange: (value: boolean) => void; children?: ReactNode }) {
  const { isLocked } = useEditing();
  return (
    <div>
      <label className="flex min-h-12 cursor-pointer items-center gap-3 font-medium">
        <input type="checkbox" className="size-6 shrink-0 accent-pine" disabled={isLocked} checked={value} onChange={(event) => onChange(event.target.checked)} />
        {label}
      </label>
      {children}
    </div>
  );
}
