import { clsx } from "clsx";
import { ChevronDown, Globe } from "lucide-react";
import { useTranslation } from "react-i18next";

import { chooseLanguage, languages, type Language } from "../i18n";
import { useLocale } from "../i18n/useLocale";

/** Every language is written in itself, so that anybody finds their own. */
export function LanguageSelect({ isOnNight = false }: { isOnNight?: boolean }) {
  const { t } = useTranslation();
  const language = useLocale();
  return (
    <div className="relative">
      <Globe aria-hidden className="pointer-events-none absolute top-1/2 left-3 size-4.5 -translate-y-1/2 opacity-80" />
      <select
        aria-label={t("language")}
        value={language}
        onChange={(event) => void chooseLanguage(event.target.value as Language)}
        className={clsx(
          "min-h-12 w-full appearance-none rounded-field border pr-8 pl-9 font-medium",
          isOnNight
            ? "border-night-line bg-night-raised text-night-ink *:bg-night-raised"
            : "border-line bg-surface text-ink",
        )}
      >
        {Object.entries(languages).map(([code, name]) => (
          <option key={code} value={code} lang={code}>
            {name}
          </option>
        ))}
      </select>
      <ChevronDown aria-hidden className="pointer-events-none absolute top-1/2 right-2.5 size-4 -translate-y-1/2 opacity-80" />
    </div>
  );
}
