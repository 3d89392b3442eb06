import { clsx } from "clsx";
import { useEffect, useId, useRef } from "react";

interface EntryFieldProps {
  label: string;
  entry: string;
  onChange: (entry: string) => void;
  digits: number;
  /** What stands behind the number: `USD`, `kg`. */
  unit?: string;
  /** The pad types into this one, and it has the focus: what the keyboard types arrives here too. */
  isActive?: boolean;
  onFocus?: () => void;
  onEnter?: () => void;
  error?: string | undefined;
}

const UNFINISHED = /^\d{0,10}(?:[.,]\d*)?$/;

/** A large number that fingers type on a pad and a keyboard types directly. */
export function EntryField({ label, entry, onChange, digits, unit, isActive = false, onFocus, onEnter, error }: EntryFieldProps) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (isActive) input.current?.focus();
  }, [isActive]);
  const change = (text: string) => {
    const fraction = text.split(/[.,]/)[1] ?? "";
    const hasPoint = /[.,]/.test(text);
    if (UNFINISHED.test(text) && fraction.length <= digits && !(hasPoint && digits === 0)) onChange(text);
  };
  return (
    <div>
      <label htmlFor={id} className="mb-1 block font-medium text-soft">
        {label}
      </label>
      <div
        className={clsx(
          "flex items-baseline gap-2 rounded-field border-2 bg-surface px-4 py-2 focus-within:ring-2 focus-within:ring-pine-line",
          isActive ? "border-pine" : "border-edge",
        )}
      >
        <input
          ref={input}
          id={id}
          // The pad on the page takes the place of the keyboard that would cover it.
          inputMode="none"
          autoComplete="off"
          value={entry}
          placeholder={digits > 0 ? `0.${"0".repeat(Math.min(digits, 2))}` : "0"}
          onChange={(event) => change(event.target.value)}
          onFocus={onFocus}
          onKeyDown={(event) => event.key === "Enter" && onEnter?.()}
          aria-invalid={error !== undefined}
          aria-describedby={error ? `${id}-error` : undefined}
          className="w-full min-w-0 bg-transparent py-1 text-3xl font-semibold outline-none placeholder:text-faint"
        />
        {unit && <span className="shrink-0 text-lg text-faint">{unit}</span>}
      </div>
      {error && (
        <p id={`${id}-error`} className="mt-1 font-medium text-rust">
          {error}
        </p>
      )}
    </div>
  );
}
