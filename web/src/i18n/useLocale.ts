import { useTranslation } from "react-i18next";

import type { Language } from "./index";

/** The language as Intl wants it. */
export function useLocale(): Language {
  return useTranslation().i18n.language as Language;
}
