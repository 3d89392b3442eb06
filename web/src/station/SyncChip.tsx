import { clsx } from "clsx";
import { Popover } from "radix-ui";
import { useTranslation } from "react-i18next";

import { formatInstant, formatSince } from "../format/when";
import { useLocale } from "../i18n/useLocale";
import type { EdgeState } from "./queries";

/** The only place where a lost office shows: how long, and how many records wait. */
export function SyncChip({ edge }: { edge: EdgeState }) {
  const { t } = useTranslation("station");
  const locale = useLocale();
  const { connected, pending, last_contact, at_risk } = edge.sync;
  const zone = edge.location.time_zone;
  return (
    <Popover.Root>
      <Popover.Trigger
        className="flex min-h-12 items-center gap-2 rounded-field px-2.5 font-medium hover:bg-night-raised sm:px-3"
        aria-live="polite"
      >
        <span aria-hidden className={clsx("size-2.5 shrink-0 rounded-full", connected ? "bg-mint" : "bg-gold")} />
        <span className="text-left leading-tight">
          {connected
            ? pending > 0
              ? t("header.onlineWaiting", { count: pending })
              : t("header.online")
            : last_contact
              ? (
                  <>
                    <span className="sm:hidden">{t("header.offline")}</span>
                    <span className="hidden sm:inline">{t("header.offlineSince", { time: formatSince(last_contact, edge.now, locale, zone) })}</span>
                  </>
                )
              : t("header.offline")}
          {!connected && at_risk > 0 ? (
            <span className="block text-sm text-gold">{t("header.atRisk", { count: at_risk })}</span>
          ) : (
            !connected && pending > 0 && <span className="block text-sm text-gold">{t("header.waiting", { count: pending })}</span>
          )}
        </span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="end"
          sideOffset={6}
          aria-label={t("header.syncTitle")}
          className="animate-rise z-50 w-80 max-w-[calc(100vw-1rem)] rounded-card border border-line bg-surface p-4 shadow-lift"
        >
          <p className="font-semibold">{t("header.syncTitle")}</p>
          <p className="mt-1 text-soft">{pending > 0 ? t("header.syncWaiting", { count: pending }) : t("header.syncOk")}</p>
          {at_risk > 0 && (
            <div className="mt-3 rounded-field bg-amber-wash px-3 py-2.5 text-amber">
              <p className="font-semibold">{t("header.atRisk", { count: at_risk })}</p>
              <p className="mt-0.5 text-sm">{t("header.atRiskHint")}</p>
            </div>
          )}
          <p className="mt-2 text-sm text-faint">
            {last_contact ? t("header.lastContact", { time: formatInstant(last_contact, locale, zone) }) : t("header.never")}
          </p>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
