import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { clsx } from "clsx";
import { Check, ChevronLeft, ChevronRight, CircleAlert, CircleDashed, History } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Day } from "../../api/cloud";
import { addDays, formatShortDay } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { IconButton } from "../../ui/Button";
import { useGo } from "../../ui/Go";
import { Empty, Failure, Skeleton } from "../../ui/states";
import { useBranch, useQueryText } from "../session/SessionContext";
import { BranchSelect, PageHead } from "../ui/PageHead";
import { DayDialog } from "./DayDialog";
import { completeness } from "./queries";
import { datesOf, stateOf, type DayState } from "./state";

const DAYS = 13;

/** Branches down, business days across: which are complete, and what is missing of the others. */
export function DaysPage() {
  const { t } = useTranslation("office");
  const go = useGo();
  const branch = useBranch("node.read");
  const { to } = useQueryText();
  const found = useQuery({ ...completeness(branch?.id, to && addDays(to, -DAYS), to), placeholderData: keepPreviousData });
  const [open, setOpen] = useState<{ location: string; date: string } | null>(null);
  const days = found.data?.items ?? [];
  const dates = datesOf(days);
  const shown = days.find((day) => day.location_id === open?.location && day.business_date === open.date);
  const newest = to ?? dates[0];
  const turn = (by: number) => newest && go(paths.office.days({ branch: branch?.id, to: addDays(newest, by) }), { replace: true });
  return (
    <>
      <PageHead title={t("days.title")} hint={t("days.hint")}>
        <BranchSelect permission="node.read" branch={branch?.id} to={(id) => paths.office.days({ branch: id, to })} />
        <div className="flex gap-2">
          <IconButton kind="plain" label={t("days.earlier")} disabled={!newest} onClick={() => turn(-DAYS - 1)}>
            <ChevronLeft aria-hidden className="size-5" />
          </IconButton>
          <IconButton kind="plain" label={t("days.later")} disabled={!to} onClick={() => turn(DAYS + 1)}>
            <ChevronRight aria-hidden className="size-5" />
          </IconButton>
        </div>
      </PageHead>
      <Legend />
      {found.isPending && <Skeleton rows={4} className="h-20" />}
      {found.error && !found.data && <Failure error={found.error} onRetry={() => void found.refetch()} />}
      {found.data && days.length === 0 && <Empty title={t("days.empty")} hint={t("days.emptyHint")} />}
      {days.length > 0 && <Calendar days={days} dates={dates} onOpen={(day) => setOpen({ location: day.location_id, date: day.business_date })} />}
      {shown && <DayDialog day={shown} onClose={() => setOpen(null)} />}
    </>
  );
}

const LOOKS: Record<DayState, string> = {
  complete: "border-pine-line bg-pine-wash text-pine",
  ready: "border-pine bg-surface text-pine",
  blocked: "border-amber-line bg-amber-wash text-amber",
  reopened: "border-rust-line bg-rust-wash text-rust",
};
const ICONS = { complete: Check, ready: CircleDashed, blocked: CircleAlert, reopened: History };
const STATES = Object.keys(LOOKS) as DayState[];

function Legend() {
  const { t } = useTranslation("office");
  return (
    <ul className="mb-3 flex flex-wrap gap-x-5 gap-y-1 text-sm text-soft">
      {STATES.map((state) => {
        const Icon = ICONS[state];
        return (
          <li key={state} className="flex items-center gap-2">
            <span className={clsx("grid size-6 place-items-center rounded-field border", LOOKS[state])}>
              <Icon aria-hidden className="size-4" />
            </span>
            {t(`days.state.${state}`)}
          </li>
        );
      })}
    </ul>
  );
}

function Calendar({ days, dates, onOpen }: { days: Day[]; dates: string[]; onOpen: (day: Day) => void }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const branches = new Map(days.map((day) => [day.location_id, day.location_name]));
  const dayOf = (location: string, date: string) => days.find((day) => day.location_id === location && day.business_date === date);
  return (
    <div className="relative overflow-x-auto rounded-card border border-line bg-surface shadow-card">
      <table aria-label={t("days.title")} className="w-full text-left">
        <thead>
          <tr className="border-b border-line text-sm text-faint">
            <th scope="col" className="sticky left-0 z-10 bg-surface px-4 py-3 font-medium">
              {t("days.branch")}
            </th>
            {dates.map((date) => (
              <th key={date} scope="col" className="px-1 py-3 text-center font-medium whitespace-nowrap">
                {formatShortDay(date, locale)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {[...branches].map(([location, name]) => (
            <tr key={location}>
              <th scope="row" className="sticky left-0 z-10 max-w-48 bg-surface px-4 py-2 font-semibold">
                {name}
              </th>
              {dates.map((date) => (
                <td key={date} className="p-1 text-center">
                  <Cell day={dayOf(location, date)} onOpen={onOpen} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cell({ day, onOpen }: { day: Day | undefined; onOpen: (day: Day) => void }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  if (!day) return <span className="text-faint">–<span className="sr-only">{t("days.state.none")}</span></span>;
  const state = stateOf(day);
  const Icon = ICONS[state];
  return (
    <button
      type="button"
      onClick={() => onOpen(day)}
      aria-label={t("days.cell", { branch: day.location_name, day: formatShortDay(day.business_date, locale), state: t(`days.state.${state}`) })}
      className={clsx("mx-auto grid size-12 place-items-center rounded-field border hover:brightness-95", LOOKS[state])}
    >
      <Icon aria-hidden className="size-5" />
    </button>
  );
}
