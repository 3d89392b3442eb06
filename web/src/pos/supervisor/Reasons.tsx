import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

/** The longest reason that is kept. */
const LONGEST_REASON = 200;

interface ReasonsProps {
  /** What is said most, one tap each. */
  texts: string[];
  reason: string;
  onChange: (reason: string) => void;
  /** It is the first question: the keyboard begins here. */
  isFirst?: boolean;
}

/** Why: one tap, or in own words. */
export function Reasons({ texts, reason, onChange, isFirst = false }: ReasonsProps) {
  const { t } = useTranslation("station");
  const first = useRef<HTMLFieldSetElement>(null);
  useEffect(() => {
    if (!isFirst) return undefined;
    // After the dialog has taken the focus from whatever is below it.
    const timer = setTimeout(() => first.current?.querySelector("button")?.focus());
    return () => clearTimeout(timer);
  }, [isFirst]);
  return (
    <fieldset ref={first} className="flex flex-col gap-2">
      <legend className="mb-2 font-semibold">{t("shortage.override.why")}</legend>
      <div className="flex flex-wrap gap-2">
        {texts.map((text) => (
          <button
            key={text}
            type="button"
            aria-pressed={reason === text}
            onClick={() => onChange(text)}
            className="min-h-12 rounded-full border border-edge bg-surface px-4 font-medium hover:bg-sunken aria-pressed:border-pine aria-pressed:bg-pine-wash"
          >
            {text}
          </button>
        ))}
      </div>
      <input
        type="text"
        maxLength={LONGEST_REASON}
        aria-label={t("shortage.override.otherReason")}
        placeholder={t("shortage.override.otherReason")}
        value={texts.includes(reason) ? "" : reason}
        onChange={(event) => onChange(event.target.value)}
        className="min-h-12 rounded-field border border-edge bg-surface px-3 placeholder:text-faint"
      />
    </fieldset>
  );
}
