import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { paths } from "../../paths";
import { Button } from "../../ui/Button";
import { Go } from "../../ui/Go";
import { Failure, Refusal, Skeleton } from "../../ui/states";
import { useSession } from "../session/SessionContext";
import { Card, PageHead } from "../ui/PageHead";
import { FactorCard } from "./FactorCard";
import { PasswordCard } from "./PasswordCard";
import { endMyOtherSessions, endMySession, mySessions } from "./queries";
import { ReachCard } from "./ReachCard";
import { SessionList } from "./SessionList";

/** One's own way in: password, second factor, browsers. */
export function AccountPage() {
  const { t } = useTranslation("office");
  const { staff } = useSession();
  return (
    <>
      <PageHead title={t("account.title")} hint={staff.email} />
      <div className="grid items-start gap-5 xl:grid-cols-2">
        <div className="flex flex-col gap-5">
          <MySessions />
          <ReachCard />
          <Go href={paths.office.tokens()} className="inline-flex min-h-12 items-center font-medium text-pine underline">
            {t("account.tokens")}
          </Go>
        </div>
        <div className="flex flex-col gap-5">
          <FactorCard />
          {staff.has_password && <PasswordCard />}
        </div>
      </div>
    </>
  );
}

function MySessions() {
  const { t } = useTranslation("office");
  const client = useQueryClient();
  const found = useQuery(mySessions);
  const refresh = () => client.invalidateQueries({ queryKey: ["my-sessions"] });
  const ending = useMutation({ mutationFn: (id: string) => endMySession(id), onSettled: refresh });
  const endingOthers = useMutation({ mutationFn: endMyOtherSessions, onSettled: refresh });
  return (
    <Card
      title={t("account.sessions")}
      action={
        (found.data?.length ?? 0) > 1 && (
          <Button kind="quiet" disabled={endingOthers.isPending} onClick={() => endingOthers.mutate()}>
            {t("account.endOthers")}
          </Button>
        )
      }
    >
      <Refusal error={ending.error ?? endingOthers.error} className="mx-5 mb-3" />
      {found.isPending && <Skeleton rows={2} />}
      {found.error && !found.data && <Failure error={found.error} onRetry={() => void found.refetch()} />}
      {found.data && <SessionList sessions={found.data} onEnd={(id) => ending.mutate(id)} />}
    </Card>
  );
}
