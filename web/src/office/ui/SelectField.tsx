import { ChevronDown } from "lucide-react";
import { useId } from "react";

interface SelectFieldProps {
  label: string;
  hint?: string;
  value: string;
  /** Value and word. */
  options: [string, string][];
  onChange: (value: string) => void;
}

/** One of several, with its label, in a form. */
export function SelectField({ label, hint, value, options, onChange }: SelectFieldProps) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="mb-1 block font-medium text-soft">
        {label}
      </label>
      <div className="relative">
        <select
          id={id}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          aria-describedby={hint ? `${id}-hint` : undefined}
          className="min-h-12 w-full appearance-none truncate rounded-field border border-edge bg-surface pr-10 pl-3"
        >
          {options.map(([option, word]) => (
            <option key={option} value={option}>
              {word}
            </option>
          ))}
        </select>
        <ChevronDown aria-hidden className="pointer-events-none absolute top-1/2 right-3 size-4.5 -translate-y-1/2 text-soft" />
      </div>
      {hint && (
        <p id={`${id}-hint`} className="mt-1 text-sm text-faint">
          {hint}
        </p>
      )}
    </div>
  );
}
