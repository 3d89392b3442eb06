import { useCallback } from "react";
import { useTranslation } from "react-i18next";

import { Problem } from "../api/problem";
import { useMoney } from "../format/CurrencyContext";
import { formatQuantity } from "../format/quantity";
import { useLocale } from "../i18n/useLocale";

/** Words a refusal from its code and figures; an unknown code falls back to the server's title. */
export function useWording(): (error: unknown) => string {
  const { t, i18n } = useTranslation();
  const money = useMoney();
  const locale = useLocale();
  return useCallback(
    (error: unknown) => {
      if (!(error instanceof Problem)) return t("problem.unknown", { code: "client" });
      const figures = worded(error.figures, money.amount, locale);
      // Codes come from the server, so the key cannot be known to the types.
      const say = i18n.t as unknown as (key: string, figures: object) => unknown;
      const key = `problem.${error.code}`;
      const words = i18n.exists(key, figures) ? say(key, figures) : undefined;
      if (typeof words === "string") return words;
      return error.title || t("problem.unknown", { code: error.code });
    },
    [t, i18n, money, locale],
  );
}

const MEASURED = new Set(["needed", "free"]);

/** `due_minor` becomes the money `due`, `retry_after_s` a duration, a line counts from one. */
function worded(figures: Record<string, unknown>, amount: (minor: number) => string, locale: string) {
  const words: Record<string, string | number> = {};
  // Figures that come with a unit are base units of it.
  const { unit } = figures;
  for (const [name, value] of Object.entries(figures)) {
    if (typeof value === "string") words[name] = value;
    if (typeof value !== "number") continue;
    if (name.endsWith("_minor")) words[name.slice(0, -6)] = amount(value);
    else if (name.endsWith("_s")) words[name.slice(0, -2)] = duration(value, locale);
    else if (name === "tries_left") words["count"] = value;
    else if (name === "line") words[name] = value + 1;
    else words[name] = typeof unit === "string" && MEASURED.has(name) ? formatQuantity(value, unit, locale) : value;
  }
  return words;
}

function duration(seconds: number, locale: string): string {
  const isLong = seconds > 90;
  return new Intl.NumberFormat(locale, {
    style: "unit",
    unit: isLong ? "minute" : "second",
    unitDisplay: "long",
  }).format(isLong ? Math.ceil(seconds / 60) : seconds);
}
