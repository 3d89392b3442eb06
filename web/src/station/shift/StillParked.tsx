import { Pause } from "lucide-react";
import { useTranslation } from "react-i18next";

import { Problem } from "../../api/problem";
import { useMoney } from "../../format/CurrencyContext";
import { formatTime } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { Button } from "../../ui/Button";
import { useStation } from "../StationContext";

interface Waiting {
  id: string;
  name: string;
  staff: string;
  parked_at: string;
  total_minor: number;
}

/** The shift does not close because baskets wait in it. */
export const isStillParked = (error: unknown): error is Problem => error instanceof Problem && error.code === "shift.parked_baskets";

/** Which baskets wait, and the choice: finish them first, or leave them to the next shift. */
export function StillParked({ error, isBusy, onHandOver }: { error: Problem; isBusy: boolean; onHandOver: () => void }) {
  const { t } = useTranslation("station");
  const { edge } = useStation();
  const money = useMoney();
  const locale = useLocale();
  const baskets = (error.figures["baskets"] ?? []) as Waiting[];
  return (
    <div role="alert" className="flex flex-col gap-3 rounded-field border border-line bg-amber-wash p-4">
      <p className="flex items-center gap-2 font-semibold text-amber">
        <Pause aria-hidden className="size-5 shrink-0" />
        {t("parked.atClose", { count: baskets.length })}
      </p>
      <ul className="divide-y divide-line">
        {baskets.map((basket) => (
          <li key={basket.id} className="flex justify-between gap-3 py-2">
            <span className="min-w-0 wrap-anywhere">
              <span className="font-medium">{basket.name || t("parked.unnamed")}</span>{" "}
              <span className="text-soft">
                {formatTime(basket.parked_at, locale, edge.location.time_zone)} · {basket.staff}
              </span>
            </span>
            <span className="shrink-0 font-semibold">{money.amount(basket.total_minor)}</span>
          </li>
        ))}
      </ul>
      <p className="text-soft">{t("parked.atCloseHint")}</p>
      <Button disabled={isBusy} onClick={onHandOver}>
        {t("parked.handOver")}
      </Button>
    </div>
  );
}
