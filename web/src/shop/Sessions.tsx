import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { formatInstant } from "../format/when";
import { useLocale } from "../i18n/useLocale";
import { Button } from "../ui/Button";
import { browserOf } from "../ui/browserOf";
import { Failure, Refusal, Skeleton } from "../ui/states";
import { endOtherSessions, endSession, sessions as sessionsQuery } from "./queries";

/** Where else the customer is signed in, and the way to end it. */
export function Sessions() {
  const { t } = useTranslation("shop");
  const locale = useLocale();
  const client = useQueryClient();
  const found = useQuery(sessionsQuery);
  const refresh = () => client.invalidateQueries({ queryKey: sessionsQuery.queryKey });
  const ending = useMutation({ mutationFn: endSession, onSettled: refresh });
  const endingOthers = useMutation({ mutationFn: endOtherSessions, onSettled: refresh });
  const isBusy = ending.isPending || endingOthers.isPending;
  const all = found.data ?? [];
  return (
    <section aria-label={t("sessions.title")} className="flex flex-col gap-3 border-t border-line pt-4">
      <h2 className="text-lg font-semibold">{t("sessions.title")}</h2>
      {found.isPending && <Skeleton rows={2} />}
      {found.error && !found.data && <Failure error={found.error} onRetry={() => void found.refetch()} />}
      <ul className="flex flex-col gap-3">
        {all.map((one) => (
          <li key={one.id} className="flex flex-wrap items-center gap-x-4 gap-y-1">
            <div className="mr-auto min-w-0">
              <p className="font-medium wrap-anywhere">{browserOf(one.user_agent) || t("sessions.unknown")}</p>
              <p className="text-sm text-soft">{t("sessions.lastSeen", { when: formatInstant(one.last_seen_at, locale) })}</p>
            </div>
            {one.current ? (
              <span className="font-medium text-pine">{t("sessions.thisOne")}</span>
            ) : (
              <Button kind="quiet" disabled={isBusy} onClick={() => ending.mutate(one.id)}>
                {t("sessions.end")}
              </Button>
            )}
          </li>
        ))}
      </ul>
      <Refusal error={ending.error ?? endingOthers.error} />
      {all.length > 1 && (
        <Button disabled={isBusy} onClick={() => endingOthers.mutate()}>
          {t("sessions.endOthers")}
        </Button>
      )}
    </section>
  );
}
