import { clsx } from "clsx";
import { Delete } from "lucide-react";
import { useEffect, useEffectEvent } from "react";
import { useTranslation } from "react-i18next";

import { padKey, typeKey, type PadKey } from "../format/entry";

interface NumberPadProps {
  entry: string;
  onChange: (entry: string) => void;
  /** Digits after the point: those of the currency, or 3 for kilograms. */
  digits: number;
  /** Enter on the keyboard. */
  onEnter?: () => void;
  className?: string;
}

/** Large keys for fingers; the digits of the keyboard do the same, wherever the focus is. */
export function NumberPad({ entry, onChange, digits, onEnter, className }: NumberPadProps) {
  const { t } = useTranslation();
  const press = (key: PadKey) => onChange(typeKey(entry, key, digits));
  usePadKeys(press, onEnter);
  const last: PadKey = digits > 0 ? "." : "000";
  const keys: PadKey[] = ["7", "8", "9", "4", "5", "6", "1", "2", "3", last, "0", "delete"];
  const label = (key: PadKey) => {
    if (key === "delete") return t("pad.delete");
    return key === "." ? t("pad.point") : t("pad.digit", { digit: key });
  };
  return (
    <div role="group" aria-label={t("pad.label")} className={clsx("grid grid-cols-3 gap-2", className)}>
      {keys.map((key) => (
        <PadButton key={key} label={label(key)} onPress={() => press(key)}>
          {key === "delete" ? <Delete aria-hidden className="size-6" /> : key}
        </PadButton>
      ))}
    </div>
  );
}

/** One key of a pad. It never takes the focus, so that the keyboard keeps working beside the fingers. */
export function PadButton({ label, onPress, children }: { label: string; onPress: () => void; children: React.ReactNode }) {
  return (
    <button
      type="button"
      aria-label={label}
      onPointerDown={(event) => event.preventDefault()}
      onClick={onPress}
      className="grid min-h-14 place-items-center rounded-field border border-line bg-surface text-2xl font-medium select-none hover:bg-sunken active:bg-line"
    >
      {children}
    </button>
  );
}

/** Hears the keyboard for a pad. A field that takes text keeps its own keys. */
export function usePadKeys(onKey: (key: PadKey) => void, onEnter?: (() => void) | undefined): void {
  const hear = useEffectEvent((event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || takesText(event.target)) return;
    const key = padKey(event.key);
    if (key) {
      event.preventDefault();
      onKey(key);
    } else if (event.key === "Enter" && onEnter && !isPressable(event.target)) {
      event.preventDefault();
      onEnter();
    }
  });
  useEffect(() => {
    window.addEventListener("keydown", hear);
    return () => window.removeEventListener("keydown", hear);
  }, []);
}

/** A field whose typing belongs to itself. */
export function takesText(target: EventTarget | null): target is HTMLInputElement | HTMLTextAreaElement {
  if (target instanceof HTMLTextAreaElement) return true;
  return target instanceof HTMLInputElement && !["button", "checkbox", "radio", "submit"].includes(target.type);
}

const isPressable = (target: EventTarget | null) => target instanceof HTMLElement && target.closest("button, a, select") !== null;
