import { ChevronDown } from "lucide-react";

interface ChoiceProps {
  label: string;
  value: string;
  /** Value and word. */
  options: [string, string][];
  onChange: (value: string) => void;
}

/** One of few, beside other filters. */
export function Choice({ label, value, options, onChange }: ChoiceProps) {
  return (
    <div className="relative w-full sm:w-auto">
      <select
        aria-label={label}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className="min-h-12 w-full appearance-none truncate rounded-field border border-edge bg-surface pr-10 pl-4 font-medium sm:max-w-72"
      >
        {options.map(([option, word]) => (
          <option key={option} value={option}>
            {word}
          </option>
        ))}
      </select>
      <ChevronDown aria-hidden className="pointer-events-none absolute top-1/2 right-3 size-4.5 -translate-y-1/2 text-soft" />
    </div>
  );
}
