interface CodeFieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** Six digits alone; else a recovery code fits too. */
  isDigits?: boolean;
  isFirst?: boolean;
}

/** A code of an authenticator; browsers and telephones offer to fill it in. */
export function CodeField({ label, value, onChange, isDigits = false, isFirst = false }: CodeFieldProps) {
  return (
    <label className="font-medium text-soft">
      {label}
      <input
        type="text"
        inputMode={isDigits ? "numeric" : "text"}
        autoComplete="one-time-code"
        autoCapitalize="none"
        spellCheck={false}
        autoFocus={isFirst}
        maxLength={isDigits ? 6 : 40}
        value={value}
        onChange={(event) => onChange(isDigits ? event.target.value.replace(/\D/g, "") : event.target.value)}
        className="mt-1 min-h-13 w-full rounded-field border-2 border-edge bg-surface px-4 font-mono text-xl tracking-widest text-ink outline-none focus:border-pine"
      />
    </label>
  );
}
