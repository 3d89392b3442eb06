import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import type { DrawerOfShift } from "../../api/cloud";
import { useMoney } from "../../format/CurrencyContext";
import { formatDay, formatTime } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { Dialog } from "../../ui/Dialog";
import { Go } from "../../ui/Go";
import { Failure, Skeleton } from "../../ui/states";
import { useZone } from "../session/SessionContext";
import { Difference } from "./Difference";
import { movementsOf } from "./queries";

/** What passed through one drawer, line by line. */
export function DrawerDialog({ drawer, onClose }: { drawer: DrawerOfShift; onClose: () => void }) {
  const { t } = useTranslation("office");
  const common = useTranslation().t;
  const money = useMoney();
  const locale = useLocale();
  const zone = useZone();
  const moved = useQuery(movementsOf(drawer.location_id, drawer.shift_id));
  const rows: [string, number][] = [
    [common("report.float"), drawer.float_minor],
    [common("report.cashSales"), drawer.cash_minor],
    [common("report.purchasesPaid"), -drawer.purchases_paid_minor],
    [common("report.purchasesBack"), drawer.purchases_back_minor],
    [common("report.paidIn"), drawer.paid_in_minor],
    [common("report.paidOut"), -drawer.paid_out_minor],
    [common("report.drops"), -drawer.dropped_minor],
    [common("report.expected"), drawer.expected_minor],
  ];
  return (
    <Dialog title={`${drawer.register} · ${formatDay(drawer.business_date, locale)}`} onClose={onClose} className="sm:max-w-lg">
      <div className="flex flex-col gap-4">
        <dl className="divide-y divide-line">
          {rows.map(([name, minor]) => (
            <div key={name} className="flex justify-between gap-4 py-2">
              <dt>{name}</dt>
              <dd>{money.amount(minor)}</dd>
            </div>
          ))}
          {drawer.counted_minor !== null && drawer.counted_minor !== undefined && (
            <>
              <div className="flex justify-between gap-4 py-2 font-semibold">
                <dt>{common("report.counted")}</dt>
                <dd>{money.amount(drawer.counted_minor)}</dd>
              </div>
              <div className="flex justify-between gap-4 py-2">
                <dt>{common("report.difference")}</dt>
                <dd>
                  <Difference minor={drawer.difference_minor} />
                </dd>
              </div>
            </>
          )}
        </dl>
        {drawer.difference_reason && <p className="rounded-field bg-amber-wash px-3 py-2.5 text-amber">{drawer.difference_reason}</p>}
        {drawer.approved_by && <p className="text-soft">{common("report.approved", { name: drawer.approved_by })}</p>}
        {drawer.agrees === false && <p className="rounded-field bg-amber-wash px-3 py-2.5 text-amber">{t("cash.disagreesHint")}</p>}
        {moved.isPending && <Skeleton rows={2} />}
        {moved.error && <Failure error={moved.error} onRetry={() => void moved.refetch()} />}
        {moved.data && moved.data.items.length > 0 && (
          <ul aria-label={t("cash.movements")} className="divide-y divide-line rounded-card border border-line">
            {moved.data.items.map((one) => (
              <li key={one.id} className="flex items-center justify-between gap-4 px-4 py-2.5">
                <span className="min-w-0">
                  <span className="block font-medium">
                    {t(`cash.way.${one.kind as "drop"}`, { defaultValue: one.kind })} · {t(`cash.reason.${one.reason as "other"}`, { defaultValue: one.reason })}
                  </span>
                  <span className="block text-sm wrap-anywhere text-soft">
                    {[formatTime(one.moved_at, locale, zone(drawer.location_id)), one.staff, one.approved_by && common("report.approved", { name: one.approved_by }), one.note]
                      .filter(Boolean)
                      .join(" · ")}
                  </span>
                </span>
                <span className="shrink-0 font-semibold">{money.amount(one.kind === "paid_in" ? one.amount_minor : -one.amount_minor)}</span>
              </li>
            ))}
          </ul>
        )}
        {drawer.z_number !== null && drawer.z_number !== undefined && (
          <Go
            href={paths.office.zReport(drawer.location_id, drawer.shift_id)}
            className="flex min-h-12 items-center justify-center rounded-field border border-edge px-4 font-semibold hover:bg-sunken"
          >
            {common("report.zNumber", { number: drawer.z_number })}
          </Go>
        )}
      </div>
    </Dialog>
  );
}
