import { useTranslation } from "react-i18next";

/** The longest reason that is kept. */
const LONGEST_REASON = 200;

interface ReasonsProps {
  /** What is said most, one tap each. */
  texts: string[];
  reason: string;
  onChange: (reason: string) => void;
}

/** Why: one tap, or in own words. */
export function Reasons({ texts, reason, onChange }: ReasonsProps) {
  const { t } = useTranslation("station");
  return (
    <fieldset className="flex flex-col gap-2">
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
