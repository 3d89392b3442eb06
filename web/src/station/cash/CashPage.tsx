import { useQuery } from "@tanstack/react-query";
import { ArrowDownToLine, ArrowUpFromLine, ClipboardList, FileText, Landmark, Settings2 } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import type { CashMovement, CashWay } from "../../api/edge";
import { useMoney } from "../../format/CurrencyContext";
import { formatTime } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { Button } from "../../ui/Button";
import { useGo } from "../../ui/Go";
import { Empty, Failure, Skeleton } from "../../ui/states";
import { BackToWork } from "../RecentList";
import { may, useShift, useStation } from "../StationContext";
import { MovementDialog } from "./MovementDialog";
import { cashRules, movementsOf } from "./queries";
import { SettingDialog } from "./SettingDialog";

const ICONS = { paid_in: ArrowDownToLine, paid_out: ArrowUpFromLine, drop: Landmark };
const NEEDED = { paid_in: "cash.move", paid_out: "cash.move", drop: "cash.drop" };
const WAYS = ["paid_in", "paid_out", "drop"] as const;

/** Cash beside sales: in, out, to the safe; and the reports of the drawer. */
export function CashPage() {
  const { t } = useTranslation("station");
  const { session, kind, notify } = useStation();
  const shift = useShift();
  const go = useGo();
  const money = useMoney();
  const rules = useQuery(cashRules);
  const [way, setWay] = useState<CashWay | null>(null);
  const [isSetting, setSetting] = useState(false);
  // What was just moved is news on this page alone.
  useEffect(() => () => notify(null), [notify]);
  const sees = may(session, "shift.count_see") ? null : t("cash.mayNotSee");
  if (rules.isPending) return <Skeleton rows={3} />;
  if (rules.error) return <Failure error={rules.error} onRetry={() => void rules.refetch()} />;
  return (
    <div className="mx-auto flex w-full max-w-4xl flex-col gap-6 p-5">
      <div>
        <BackToWork />
        <h1 className="text-3xl font-semibold">{t("cash.title")}</h1>
      </div>
      <div className="grid gap-3 sm:grid-cols-3">
        {WAYS.map((one) => {
          const Icon = ICONS[one];
          return (
            <Button
              key={one}
              size="huge"
              icon={<Icon aria-hidden className="size-6" />}
              blocked={may(session, NEEDED[one]) ? null : t("cash.mayNot")}
              onClick={() => setWay(one)}
            >
              {t(`cash.way.${one}`)}
            </Button>
          );
        })}
      </div>
      <Movements shift={shift.id} />
      <section aria-label={t("cash.reports")} className="flex flex-col gap-3">
        <h2 className="text-xl font-semibold">{t("cash.reports")}</h2>
        <div className="grid gap-3 sm:grid-cols-3">
          <Button size="large" blocked={sees} icon={<FileText aria-hidden className="size-5" />} onClick={() => go(paths.report(kind, shift.id))}>
            {t("report.x")}
          </Button>
          <Button size="large" blocked={sees} icon={<ClipboardList aria-hidden className="size-5" />} onClick={() => go(paths.zReports(kind))}>
            {t("report.zs")}
          </Button>
          <Button
            size="large"
            blocked={may(session, "till.manage") ? null : t("cash.mayNotSet")}
            icon={<Settings2 aria-hidden className="size-5" />}
            onClick={() => setSetting(true)}
          >
            {t("cash.setting.title")}
          </Button>
        </div>
      </section>
      {way && (
        <MovementDialog
          way={way}
          rules={rules.data}
          onClose={() => setWay(null)}
          onMoved={(amount) => {
            setWay(null);
            notify({ tone: "note", text: t(`cash.moved.${way}`, { amount: money.amount(amount) }) });
          }}
        />
      )}
      {isSetting && <SettingDialog rules={rules.data} onClose={() => setSetting(false)} />}
    </div>
  );
}

function Movements({ shift }: { shift: string }) {
  const { t } = useTranslation("station");
  const list = useQuery(movementsOf(shift));
  if (list.isPending) return <Skeleton rows={2} />;
  if (list.error) return <Failure error={list.error} onRetry={() => void list.refetch()} />;
  if (list.data.length === 0) return <Empty title={t("cash.none")} hint={t("cash.noneHint")} />;
  return (
    <ul aria-label={t("cash.list")} className="divide-y divide-line rounded-card border border-line bg-surface shadow-card">
      {list.data.toReversed().map((moved) => (
        <Row key={moved.id} moved={moved} />
      ))}
    </ul>
  );
}

function Row({ moved }: { moved: CashMovement }) {
  const { t } = useTranslation("station");
  const money = useMoney();
  const locale = useLocale();
  const { edge } = useStation();
  const Icon = ICONS[moved.kind];
  const way = t(`cash.way.${moved.kind}`);
  const reason = t(`cash.reason.${moved.reason as "other"}`, { defaultValue: moved.reason });
  const signed = moved.kind === "paid_in" ? moved.amount_minor : -moved.amount_minor;
  return (
    <li className="flex items-center gap-4 px-4 py-3">
      <Icon aria-hidden className="size-6 shrink-0 text-soft" />
      <div className="min-w-0 flex-1">
        <p className="font-semibold">{moved.reason === "safe" ? way : `${way} · ${reason}`}</p>
        <p className="text-sm wrap-anywhere text-soft">
          {[formatTime(moved.moved_at, locale, edge.location.time_zone), moved.staff.name, moved.approved_by && t("cash.with", { name: moved.approved_by }), moved.note]
            .filter(Boolean)
            .join(" · ")}
        </p>
      </div>
      <span className="shrink-0 text-lg font-semibold">{money.amount(signed)}</span>
    </li>
  );
}
