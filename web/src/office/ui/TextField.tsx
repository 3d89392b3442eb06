import { useId } from "react";

interface TextFieldProps {
  label: string;
  hint?: string;
  value: string;
  onChange: (value: string) => void;
  /** Has the focus when it appears. */
  isFirst?: boolean;
  isMono?: boolean;
  /** A number: a phone shows its keys for that. */
  isNumber?: boolean;
  /** Shown, and not to be changed. */
  isReadOnly?: boolean;
  /** The field is left, or Enter is pressed, which then does not send the form around it. */
  onDone?: () => void;
}

/** A line of text with its label. */
export function TextField({ label, hint, value, onChange, isFirst = false, isMono = false, isNumber = false, isReadOnly = false, onDone }: TextFieldProps) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="mb-1 block font-medium text-soft">
        {label}
      </label>
      <input
        id={id}
        type="text"
        inputMode={isNumber ? "decimal" : undefined}
        autoComplete="off"
        autoFocus={isFirst}
        maxLength={200}
        readOnly={isReadOnly}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onBlur={onDone}
        onKeyDown={(event) => {
          if (!onDone || event.key !== "Enter") return;
          event.preventDefault();
          onDone();
        }}
        aria-describedby={hint ? `${id}-hint` : undefined}
        className={`min-h-12 w-full rounded-field border border-edge px-3 ${isReadOnly ? "bg-sunken text-soft" : "bg-surface"} ${isMono ? "font-mono" : ""}`}
      />
      {hint && (
        <p id={`${id}-hint`} className="mt-1 text-sm text-faint">
          {hint}
        </p>
      )}
    </div>
  );
}
