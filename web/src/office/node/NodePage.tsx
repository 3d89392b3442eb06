import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { clsx } from "clsx";
import { CircleCheck, RotateCcw } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { NodeProblem } from "../../api/cloud";
import { formatInstant } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { Button } from "../../ui/Button";
import { Go } from "../../ui/Go";
import { Empty, Failure, Refusal, Skeleton } from "../../ui/states";
import { mayAt, useSession } from "../session/SessionContext";
import { BackLink } from "../ui/BackLink";
import { PageHead } from "../ui/PageHead";
import { NodeActions } from "./NodeActions";
import { NodeStanding } from "./NodeStanding";
import { nodeProblems, nodes, retryProblem } from "./queries";

/** One branch computer: how it stands, what a person can do about it, and its records that are not in the figures. */
export function NodePage() {
  const { t } = useTranslation("office");
  const { id = "" } = useParams({ strict: false }) as { id?: string };
  const list = useQuery(nodes);
  const known = list.data?.find((node) => node.id === id);
  const problems = useQuery(nodeProblems(id));
  return (
    <>
      <BackLink href={paths.office.nodes()} label={t("nodes.title")} />
      <PageHead title={known?.location_name ?? t("nodes.title")} />
      {list.isPending && <Skeleton rows={3} className="h-40" />}
      {known && (
        <div className="mb-6 grid items-start gap-5 xl:grid-cols-[3fr_2fr]">
          <NodeStanding node={known} />
          <NodeActions node={known} />
        </div>
      )}
      <h2 className="mb-3 text-xl font-semibold">{t("nodes.problems")}</h2>
      {problems.isPending && <Skeleton />}
      {problems.error && !problems.data && <Failure error={problems.error} onRetry={() => void problems.refetch()} />}
      {problems.data?.length === 0 && (
        <Empty icon={<CircleCheck aria-hidden className="size-7" />} title={t("nodes.noProblems")} hint={t("nodes.noProblemsHint")} />
      )}
      <ul className="flex flex-col gap-3">
        {problems.data?.map((problem) => (
          <ProblemRow key={`${problem.epoch}/${problem.seq}`} node={id} location={known?.location_id ?? null} problem={problem} />
        ))}
      </ul>
    </>
  );
}

function ProblemRow({ node, location, problem }: { node: string; location: string | null; problem: NodeProblem }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const session = useSession();
  const client = useQueryClient();
  const retry = useMutation({
    mutationFn: () => retryProblem(node, problem.epoch, problem.seq),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["node-problems", node] });
      void client.invalidateQueries({ queryKey: ["nodes"] });
    },
  });
  return (
    <li className="rounded-card border border-line bg-surface p-5 shadow-card">
      <div className="flex flex-wrap items-start gap-x-4 gap-y-3">
        <div className="min-w-0 flex-1 basis-72">
          <p className="flex flex-wrap items-center gap-2">
            <span
              className={clsx(
                "rounded-full border px-2.5 py-0.5 text-sm font-semibold",
                problem.state === "waiting" ? "border-amber-line bg-amber-wash text-amber" : "border-rust-line bg-rust-wash text-rust",
              )}
            >
              {t(`nodes.state.${problem.state as "waiting"}`, { defaultValue: problem.state })}
            </span>
            <span className="font-semibold">{t("nodes.record", { epoch: problem.epoch, seq: problem.seq })}</span>
            <code className="text-sm text-soft">{problem.type}</code>
            <Go href={paths.office.heldEvent(node, problem.epoch, problem.seq)} className="inline-flex min-h-12 items-center px-1 font-medium text-pine underline">
              {t("held.open")}
            </Go>
          </p>
          <p className="mt-2 wrap-anywhere">{problem.reason}</p>
          <p className="mt-1 text-sm text-faint">
            {formatInstant(problem.received_at, locale)} · {t("nodes.attempts", { count: problem.attempts })}
          </p>
        </div>
        <Button
          icon={<RotateCcw aria-hidden className="size-5" />}
          disabled={retry.isPending || retry.isSuccess}
          blocked={mayAt(session, "node.retry", location) ? null : t("held.mayNot")}
          onClick={() => retry.mutate()}
        >
          {t(retry.isSuccess ? "nodes.retrying" : "nodes.retry")}
        </Button>
      </div>
      <Refusal error={retry.error} className="mt-3" />
    </li>
  );
}
