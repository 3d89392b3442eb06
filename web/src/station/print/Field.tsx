import { useId, type InputHTMLAttributes } from "react";

/** A line of text with its label, high enough for a finger. */
export function Field({ label, hint, ...rest }: { label: string; hint?: string } & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="mb-1 block font-medium text-soft">
        {label}
      </label>
      <input {...rest} id={id} autoComplete="off" aria-describedby={hint ? `${id}-hint` : undefined} className="min-h-12 w-full rounded-field border border-edge bg-surface px-3" />
      {hint && (
        <p id={`${id}-hint`} className="mt-1 text-sm text-faint">
          {hint}
        </p>
      )}
    </div>
  );
}

/** Yes or no. */
export function Check({ label, isOn, onChange }: { label: string; isOn: boolean; onChange: (isOn: boolean) => void }) {
  return (
    <label className="flex min-h-12 cursor-pointer items-center gap-3 font-medium">
      <input type="checkbox" checked={isOn} onChange={(event) => onChange(event.target.checked)} className="size-6 accent-pine" />
      {label}
    </label>
  );
}

/** One of a few, side by side. */
export function Pick<T extends string>({ label, value, options, onChange }: { label: string; value: T; options: [T, string][]; onChange: (value: T) => void }) {
  const name = useId();
  return (
    <fieldset>
      <legend className="mb-1 font-medium text-soft">{label}</legend>
      <div className="flex flex-wrap gap-2">
        {options.map(([option, word]) => (
          <label
            key={option}
            className="flex min-h-12 cursor-pointer items-center rounded-field border border-edge px-4 font-medium has-checked:border-pine has-checked:bg-pine-wash has-focus-visible:ring-2 has-focus-visible:ring-pine-line"
          >
            <input type="radio" name={name} value={option} checked={value === option} onChange={() => onChange(option)} className="sr-only" />
            {word}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
