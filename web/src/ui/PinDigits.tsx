import { clsx } from "clsx";
import { Delete } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { PadKey } from "../format/entry";
import { PadButton } from "./NumberPad";

const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"] as const;

/** The keys of a PIN: no point, nothing to carry over. */
export function PinDigits({ onPress, className }: { onPress: (key: PadKey) => void; className: string }) {
  const { t } = useTranslation("station");
  return (
    <div role="group" aria-label={t("pad.label", { ns: "common" })} className={clsx("grid grid-cols-3", className)}>
      {DIGITS.map((digit) => (
        <PadButton key={digit} label={t("pad.digit", { ns: "common", digit })} onPress={() => onPress(digit)}>
          {digit}
        </PadButton>
      ))}
      <span />
      <PadButton label={t("pad.digit", { ns: "common", digit: "0" })} onPress={() => onPress("0")}>
        0
      </PadButton>
      <PadButton label={t("signIn.delete")} onPress={() => onPress("delete")}>
        <Delete aria-hidden className="size-6" />
      </PadButton>
    </div>
  );
}
