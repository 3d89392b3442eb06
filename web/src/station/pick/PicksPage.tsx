import { useQuery } from "@tanstack/react-query";
import { PackageCheck } from "lucide-react";
import { useTranslation } from "react-i18next";

import { paths } from "../../paths";
import { Empty, Failure, Skeleton } from "../../ui/states";
import { BackLink } from "../RecentList";
import { may, useStation } from "../StationContext";
import { isReady, isToPick, picks } from "./queries";
import { ReadyCard } from "./ReadyCard";
import { ToPickCard } from "./ToPickCard";

/** Online orders for this shelf: the oldest first, then what waits for its customer. */
export function PicksPage() {
  const { t } = useTranslation("station");
  const { session } = useStation();
  const list = useQuery(picks);
  const byAge = (list.data ?? []).toSorted((a, b) => a.received_at.localeCompare(b.received_at));
  const toPick = byAge.filter(isToPick);
  const ready = byAge.filter(isReady);
  const whyNot = may(session, "order.pick") ? null : t("picks.mayNot");
  return (
    <div className="mx-auto w-full max-w-5xl p-4 sm:p-6">
      <BackLink href={paths.pos.till()} label={t("header.toTill")} />
      <h1 className="mt-1 text-2xl font-semibold">{t("picks.title")}</h1>
      <p className="mb-4 text-soft">{t("picks.hint")}</p>
      {list.isPending && <Skeleton rows={3} className="h-40" />}
      {list.error && !list.data && <Failure error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess && toPick.length + ready.length === 0 && (
        <Empty icon={<PackageCheck aria-hidden className="size-7" />} title={t("picks.empty")} hint={t("picks.emptyHint")} />
      )}
      {toPick.length > 0 && (
        <section aria-label={t("picks.toPick")}>
          <h2 className="mb-2 text-lg font-semibold">{t("picks.toPick")}</h2>
          <ul className="flex flex-col gap-4">
            {toPick.map((order) => (
              <ToPickCard key={order.order_id} order={order} whyNot={whyNot} />
            ))}
          </ul>
        </section>
      )}
      {ready.length > 0 && (
        <section aria-label={t("picks.ready")} className="mt-6">
          <h2 className="mb-2 text-lg font-semibold">{t("picks.ready")}</h2>
          <ul className="grid gap-4 sm:grid-cols-2">
            {ready.map((order) => (
              <ReadyCard key={order.order_id} order={order} whyNot={whyNot} />
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}
