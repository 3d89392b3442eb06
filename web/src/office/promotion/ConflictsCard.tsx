import type { UseQueryResult } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";

import { Problem } from "../../api/problem";
import { useMoney } from "../../format/CurrencyContext";
import { formatDate } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { Go } from "../../ui/Go";
import { Failure, Skeleton } from "../../ui/states";
import { Card } from "../ui/PageHead";
import type { Conflict, Decider, Kind, Warning } from "./contract";

interface ConflictsCardProps {
  met: UseQueryResult<Conflict[]>;
  /** What it says and will not do. */
  warnings: Warning[];
  isReady: boolean;
}

/** The promotions that it meets, and what counts then; and fixed prices that lower nothing. */
export function ConflictsCard({ met, warnings, isReady }: ConflictsCardProps) {
  const { t } = useTranslation("office");
  const isAtField = met.error instanceof Problem && met.error.fields.length > 0;
  return (
    <Card title={t("promotion.conflicts.title")}>
      <div className="px-5 pb-5" aria-live="polite">
        {(!isReady || isAtField) && <p className="text-soft">{t("promotion.conflicts.unready")}</p>}
        {isReady && met.isFetching && !met.data && <Skeleton rows={2} />}
        {isReady && met.error && !isAtField && <Failure error={met.error} onRetry={() => void met.refetch()} />}
        {isReady && met.data?.length === 0 && <p className="text-soft">{t("promotion.conflicts.none")}</p>}
        {isReady && warnings.length > 0 && <Warnings warnings={warnings} />}
        {isReady && (
          <ul className="flex flex-col divide-y divide-line empty:hidden">
            {met.data?.map((one) => (
              <Met key={one.promotion_id} conflict={one} />
            ))}
          </ul>
        )}
      </div>
    </Card>
  );
}

function Warnings({ warnings }: { warnings: Warning[] }) {
  const { t } = useTranslation("office");
  const money = useMoney();
  return (
    <ul className="flex flex-col gap-2">
      {warnings.map(({ field, price_minor, goods, of, sample }) => (
        <li key={field} className="flex items-start gap-2 rounded-field border border-amber-line bg-amber-wash px-3 py-2.5 font-medium text-amber">
          <TriangleAlert aria-hidden className="mt-0.5 size-5 shrink-0" />
          {t("promotion.conflicts.above", { count: goods, of, price: money.amount(price_minor), goods: sample.length < goods ? `${sample.join(", ")} …` : sample.join(", ") })}
        </li>
      ))}
    </ul>
  );
}

function Met({ conflict }: { conflict: Conflict }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const { promotion_id, name, kind, shared, decided_by } = conflict;
  const day = (moment: string | null | undefined) => (moment ? formatDate(moment.slice(0, 10), locale) : "…");
  const sample = shared.variants_sample;
  return (
    <li className="flex flex-col gap-1 py-3">
      <Go href={paths.office.promotion(promotion_id)} className="inline-flex min-h-12 items-center font-semibold text-pine underline-offset-4 hover:underline">
        {name}
      </Go>
      <p>
        {t(`promotion.conflicts.${kind as Kind}`)} {kind !== "never_beside" && t(`promotion.conflicts.by.${decided_by as Decider}`)}
      </p>
      {sample.length > 0 && <p className="text-sm text-soft">{t("promotion.conflicts.shared", { goods: sample.join(", ") })}</p>}
      {(shared.from ?? shared.until) && <p className="text-sm text-soft">{t("promotion.conflicts.span", { from: day(shared.from), until: day(shared.until) })}</p>}
    </li>
  );
}
