import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { formatDate, formatShortDay } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";

interface FigureProps {
  name: string;
  value: string;
  note?: string;
  now?: number;
  before?: number;
  beforeShown?: string;
  beforeDay?: string;
  /** The same weekday a year before. */
  year?: { before: number; shown: string; day: string };
  isLarge?: boolean;
  children?: ReactNode;
}

/** One figure of the day, how it stands to the same weekday of last week and of last year, and how complete it is. */
export function Figure({ name, value, note, now, before, beforeShown = "", beforeDay, year, isLarge = false, children }: FigureProps) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const share = before && now !== undefined ? now / before : null;
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 });
  const day = beforeDay ? formatShortDay(beforeDay, locale) : "";
  return (
    <section
      aria-label={name}
      className={
        isLarge
          ? "on-night flex min-w-0 flex-col gap-1 rounded-card bg-night p-5 text-night-ink shadow-card [&_.text-amber]:text-gold [&_.text-faint]:text-night-soft [&_.text-soft]:text-night-soft"
          : "flex min-w-0 flex-col gap-1 rounded-card border border-line bg-surface p-5 shadow-card"
      }
    >
      <h2 className="text-soft">{name}</h2>
      <p className="text-3xl leading-tight font-bold wrap-anywhere" aria-live="off">
        {value}
      </p>
      {note && <p className="text-soft">{note}</p>}
      {beforeDay && (
        <div className="text-sm text-soft">
          {share !== null && (
            <span aria-hidden className="mt-1 mb-1.5 block h-1.5 overflow-hidden rounded-full bg-current/20">
              <span
                className={`block h-full rounded-full ${isLarge ? "bg-mint" : "bg-pine"}`}
                style={{ width: `${Math.min(100, share * 100)}%` }}
              />
            </span>
          )}
          {share === null ? t("overview.noComparison", { day }) : t("overview.against", { share: percent.format(share), day, amount: beforeShown })}
          {year && year.before > 0 && now !== undefined && (
            <span className="mt-1 block">
              {t("overview.against", { share: percent.format(now / year.before), day: formatDate(year.day, locale), amount: year.shown })}
            </span>
          )}
        </div>
      )}
      <div className="mt-auto pt-2">{children}</div>
    </section>
  );
}
