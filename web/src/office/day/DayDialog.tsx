import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Check } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { Blocker, Day } from "../../api/cloud";
import { formatDay, formatInstant } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { Problem } from "../../api/problem";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Refusal } from "../../ui/states";
import { mayAt, useSession, useZone } from "../session/SessionContext";
import { completeDay } from "./queries";

/** One business day of a branch: what is there, what is missing, and the mark that nothing is. */
export function DayDialog({ day, onClose }: { day: Day; onClose: () => void }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const zone = useZone();
  const session = useSession();
  const client = useQueryClient();
  const mark = useMutation({
    mutationFn: () => completeDay(day.location_id, day.business_date),
    onSettled: () => client.invalidateQueries({ queryKey: ["completeness"] }),
  });
  const when = (instant: string) => formatInstant(instant, locale, zone(day.location_id));
  const refused = blockersOf(mark.error);
  const blockers = day.blockers.length > 0 ? day.blockers : refused;
  return (
    <Dialog title={`${day.location_name} · ${formatDay(day.business_date, locale)}`} onClose={onClose} isBusy={mark.isPending} className="sm:max-w-lg">
      <div className="flex flex-col gap-4">
        <p className="flex flex-wrap gap-x-5 text-soft">
          <span>{t("sales", { ns: "common", count: day.sales })}</span>
          <span>{t("days.purchases", { count: day.purchases })}</span>
          <span>{t("days.shifts", { count: day.shifts })}</span>
        </p>
        {day.complete && day.completed_at && (
          <p role="status" className="flex items-start gap-2 rounded-field bg-pine-wash px-3 py-2.5 font-medium text-pine">
            <Check aria-hidden className="mt-0.5 size-5 shrink-0" />
            {t("days.markedBy", { time: when(day.completed_at), name: day.completed_by ?? "–" })}
          </p>
        )}
        {!day.complete && day.reopened_at && (
          <p className="rounded-field bg-rust-wash px-3 py-2.5 font-medium text-rust">{t("days.reopened", { time: when(day.reopened_at) })}</p>
        )}
        {!day.complete && blockers.length > 0 && (
          <div className="rounded-field bg-amber-wash px-3 py-2.5 text-amber">
            <p className="font-semibold">{t("days.notYet")}</p>
            <ul className="mt-1 list-disc pl-5">
              {blockers.map((blocker) => (
                <li key={blocker.code}>
                  <Reason blocker={blocker} />
                </li>
              ))}
            </ul>
          </div>
        )}
        {!day.complete && blockers.length === 0 && <p className="text-pine">{t("days.markHint")}</p>}
        {refused.length === 0 && <Refusal error={mark.error} />}
        {!day.complete && (
          <Button
            kind="primary"
            size="large"
            disabled={mark.isPending}
            blocked={mayAt(session, "day.complete", day.location_id) ? null : t("days.mayNot")}
            onClick={() => mark.mutate()}
          >
            {t("days.mark")}
          </Button>
        )}
      </div>
    </Dialog>
  );
}

const CODES = ["missing", "on_their_way", "offline", "not_over", "fenced", "frozen", "shift_open", "queued", "waiting", "quarantined", "salvage"] as const;

function Reason({ blocker }: { blocker: Blocker }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const number = new Intl.NumberFormat(locale);
  const code = CODES.find((known) => known === blocker.code);
  if (!code) return t("days.blocker.unknown", { code: blocker.code });
  return t(`days.blocker.${code}`, { count: blocker.count, from: number.format(blocker.from ?? 0), to: number.format(blocker.to ?? 0) });
}

function blockersOf(error: unknown): Blocker[] {
  const blockers = error instanceof Problem ? error.figures["blockers"] : undefined;
  return Array.isArray(blockers) ? (blockers as Blocker[]) : [];
}
