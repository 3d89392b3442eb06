import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { Button } from "../../ui/Button";
import { Failure, Refusal, Skeleton } from "../../ui/states";
import { SessionList } from "../account/SessionList";
import { Card } from "../ui/PageHead";
import { endSessionsOf, sessionsOf } from "./queries";

/** Where somebody is signed in, and the way to end it all. */
export function SessionsCard({ staff }: { staff: string }) {
  const { t } = useTranslation("office");
  const client = useQueryClient();
  const found = useQuery(sessionsOf(staff));
  const ending = useMutation({
    mutationFn: () => endSessionsOf(staff),
    onSettled: () => client.invalidateQueries({ queryKey: ["sessions-of"] }),
  });
  return (
    <Card
      title={t("account.sessions")}
      action={
        (found.data?.length ?? 0) > 0 && (
          <Button kind="quiet" disabled={ending.isPending} onClick={() => ending.mutate()}>
            {t("account.endAll")}
          </Button>
        )
      }
    >
      {found.isPending && <Skeleton rows={2} />}
      {found.error && !found.data && <Failure error={found.error} onRetry={() => void found.refetch()} />}
      <Refusal error={ending.error} />
      {found.data && <SessionList sessions={found.data} />}
    </Card>
  );
}
