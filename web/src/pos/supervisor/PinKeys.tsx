import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import type { PadKey } from "../../format/entry";
import { usePadKeys } from "../../ui/NumberPad";
import { PinDigits } from "../../ui/PinDigits";

const LONGEST_PIN = 8;

interface PinKeysProps {
  /** Whose PIN it is, once somebody was chosen. */
  name: string | undefined;
  pin: string;
  onChange: (pin: string) => void;
  onEnter: () => void;
  isBusy: boolean;
  /** What the last PIN was refused with: the next one is typed at once. */
  refused: unknown;
}

/** Fingers press the keys; a keyboard types into the field, or anywhere that takes no text. */
export function PinKeys({ name, pin, onChange, onEnter, isBusy, refused }: PinKeysProps) {
  const { t } = useTranslation("station");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (refused) field.current?.focus();
  }, [refused]);
  const change = (typed: string) => {
    if (!isBusy && /^\d*$/.test(typed) && typed.length <= LONGEST_PIN) onChange(typed);
  };
  const press = (key: PadKey) => {
    if (key === "delete") change(pin.slice(0, -1));
    else if (key === "clear") change("");
    else change(pin + key);
  };
  usePadKeys(press, onEnter);
  return (
    <>
      <label className="font-semibold">
        {name ? t("shortage.override.pin", { name }) : "PIN"}
        <input
          ref={field}
          type="password"
          // The pad on the page takes the place of the keyboard that would cover it.
          inputMode="none"
          autoComplete="off"
          value={pin}
          onChange={(event) => change(event.target.value)}
          onKeyDown={(event) => event.key === "Enter" && onEnter()}
          className="mt-1 min-h-12 w-full rounded-field border-2 border-edge bg-surface px-4 text-center text-2xl tracking-[0.4em] outline-none focus:border-pine"
        />
      </label>
      <PinDigits onPress={press} className="gap-2" />
    </>
  );
}
