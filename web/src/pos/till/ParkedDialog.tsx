import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Pause } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { ParkedBasket } from "../../api/edge";
import { Problem } from "../../api/problem";
import { useMoney } from "../../format/CurrencyContext";
import { formatAgo } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { useStation } from "../../station/StationContext";
import { Dialog } from "../../ui/Dialog";
import { Empty, Failure, Refusal, Refused, Skeleton } from "../../ui/states";
import { useNow } from "../../ui/useNow";
import { useNoScan } from "../shortage/FoundStep";
import { useBasket } from "./BasketContext";
import { parkedBaskets, recallBasket } from "./queries";

/** What waits in this shop; one tap brings it to this till, and no other gets it then. */
export function ParkedDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("station");
  const { notify } = useStation();
  const money = useMoney();
  const client = useQueryClient();
  const { basket, load } = useBasket();
  const parked = useQuery(parkedBaskets);
  const isBusy = basket.lines.length > 0;
  const recall = useMutation({
    mutationFn: (id: string) => recallBasket(id),
    onSuccess: (recalled) => {
      load(recalled);
      const now = recalled.total_minor;
      const before = money.amount(recalled.total_before_minor);
      if (recalled.lines.some(({ changed }) => changed === "not_for_sale")) notify({ tone: "warn", text: t("parked.notForSale") });
      else if (now !== null && now !== recalled.total_before_minor) {
        notify({ tone: "warn", text: t("parked.changed", { before, now: money.amount(now) }) });
      }
      onClose();
    },
    onSettled: () => void client.invalidateQueries({ queryKey: parkedBaskets.queryKey }),
  });
  useNoScan();
  const items = (parked.data ?? []).filter(({ sale_id }) => sale_id !== basket.sale);
  return (
    <Dialog title={t("parked.title")} onClose={onClose} isBusy={recall.isPending} className="sm:max-w-xl">
      <div className="flex flex-col gap-3">
        {isBusy && items.length > 0 && <p className="rounded-field bg-amber-wash px-3 py-2.5 font-medium text-amber">{t("parked.busy")}</p>}
        <TakenOr error={recall.error} />
        {parked.isPending && <Skeleton rows={3} className="h-18" />}
        {parked.error && <Failure error={parked.error} onRetry={() => void parked.refetch()} />}
        {parked.isSuccess && items.length === 0 && <Empty icon={<Pause aria-hidden className="size-7" />} title={t("parked.none")} hint={t("parked.noneHint")} />}
        <ul className="flex flex-col gap-2">
          {items.map((one, at) => (
            <li key={one.id}>
              <Waiting basket={one} isFirst={at === 0} disabled={isBusy || recall.isPending} onRecall={() => recall.mutate(one.id)} />
            </li>
          ))}
        </ul>
      </div>
    </Dialog>
  );
}

/** Another till was faster: who has it. */
function TakenOr({ error }: { error: unknown }) {
  const { t } = useTranslation("station");
  if (!(error instanceof Problem) || error.code !== "parked.taken") return <Refusal error={error} />;
  return <Refused>{t("parked.taken", { register: String(error.figures["register"]), staff: String(error.figures["staff"]) })}</Refused>;
}

function Waiting({ basket, isFirst, disabled, onRecall }: { basket: ParkedBasket; isFirst: boolean; disabled: boolean; onRecall: () => void }) {
  const { t } = useTranslation("station");
  const money = useMoney();
  const locale = useLocale();
  const now = useNow();
  return (
    <button
      type="button"
      autoFocus={isFirst}
      disabled={disabled}
      onClick={onRecall}
      className="flex min-h-18 w-full items-center gap-3 rounded-field border border-edge bg-surface px-4 py-2.5 text-left hover:bg-sunken active:bg-line disabled:cursor-not-allowed disabled:bg-sunken disabled:text-faint"
    >
      <span className="min-w-0 flex-1">
        <span className="block text-lg leading-snug font-semibold wrap-anywhere">{basket.name || t("parked.unnamed")}</span>
        <span className="block text-sm text-soft">
          {formatAgo(basket.parked_at, now, locale)} · {basket.staff} · {basket.register}
        </span>
        {basket.here && <span className="block text-sm font-medium text-amber">{t("parked.here")}</span>}
      </span>
      <span className="shrink-0 text-right">
        <span className="block text-lg font-semibold">{money.amount(basket.total_minor)}</span>
        <span className="block text-sm text-soft">{t("lines", { ns: "common", count: basket.lines })}</span>
      </span>
    </button>
  );
}
