import { clsx } from "clsx";
import { CircleCheck, CircleDashed, CloudOff } from "lucide-react";
import { useTranslation } from "react-i18next";

import { formatInstant, formatTimeThere } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { useNow } from "../../ui/useNow";

interface CompletenessProps {
  completeTo: string | null | undefined;
  pending?: number;
  isConnected?: boolean;
  /** How many of several branches are offline; tells it instead of a bare "offline". */
  offline?: number;
  timeZone?: string | undefined;
  /** When the figure was asked for, by the clock of the shops; the reader's clock without it. */
  asOf?: string;
}

/** Older than this, the time alone would mislead: the day is shown too. */
const SAME_DAY_MS = 20 * 3600 * 1000;

/** How far a figure may be trusted: every record up to that moment is in it. */
export function Completeness({ completeTo, pending = 0, isConnected = true, offline, timeZone, asOf }: CompletenessProps) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const isWhole = isConnected && pending === 0 && completeTo;
  const Icon = isConnected ? (isWhole ? CircleCheck : CircleDashed) : CloudOff;
  const readersNow = useNow();
  const now = asOf === undefined ? readersNow : Date.parse(asOf);
  const time = (instant: string) =>
    now - Date.parse(instant) < SAME_DAY_MS ? formatTimeThere(instant, locale, timeZone) : formatInstant(instant, locale, timeZone);
  const parts = [
    ...(isConnected ? [] : [offline === undefined ? t("complete.offline") : t("complete.offlineBranches", { count: offline })]),
    completeTo ? t("complete.to", { time: time(completeTo) }) : t("complete.never"),
    ...(pending > 0 ? [t("complete.pending", { count: pending })] : []),
  ];
  return (
    <span className={clsx("inline-flex items-start gap-1.5 text-sm leading-snug", isWhole ? "text-faint" : "text-amber")}>
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
      <span>{parts.join(" · ")}</span>
    </span>
  );
}
