import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { clsx } from "clsx";
import { useTranslation } from "react-i18next";

import type { Job } from "../../api/cloud";
import { formatInstant } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { Button } from "../../ui/Button";
import { Refusal } from "../../ui/states";
import { mayEverywhere, useSession } from "../session/SessionContext";
import type { Column } from "../ui/DataTable";
import { PagedTable } from "../ui/PagedTable";
import { PageHead } from "../ui/PageHead";
import { jobs, retryJob } from "./queries";

const LOOKS: Record<string, string> = {
  ready: "border-sky-line bg-sky-wash text-sky",
  running: "border-pine-line bg-pine-wash text-pine",
  dead: "border-rust-line bg-rust-wash text-rust",
};

/** The work in the background, with what failed for good. */
export function JobsPage() {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const session = useSession();
  const client = useQueryClient();
  const list = useInfiniteQuery(jobs);
  const retry = useMutation({
    mutationFn: retryJob,
    onSuccess: () => client.invalidateQueries({ queryKey: ["jobs"] }),
  });
  const columns: Column<Job>[] = [
    { name: "kind", header: t("jobs.kind"), isTitle: true, cell: (job) => job.kind },
    {
      name: "state",
      header: t("jobs.state"),
      cell: (job) => (
        <span className={clsx("rounded-full border px-2.5 py-0.5 text-sm font-semibold whitespace-nowrap", LOOKS[job.state])}>
          {t(`jobs.states.${job.state as "ready"}`, { defaultValue: job.state })}
        </span>
      ),
    },
    { name: "attempts", header: t("jobs.attempts"), isNumber: true, cell: (job) => job.attempts },
    { name: "run", header: t("jobs.runAt"), cell: (job) => formatInstant(job.run_at, locale) },
    { name: "error", header: t("jobs.lastError"), cell: (job) => <span className="wrap-anywhere">{job.last_error ?? "–"}</span> },
  ];
  if (mayEverywhere(session, "job.retry")) {
    columns.push({
      name: "retry",
      header: t("jobs.retry"),
      cell: (job) =>
        job.state === "dead" && (
          <Button disabled={retry.isPending && retry.variables === job.id} onClick={() => retry.mutate(job.id)}>
            {t("jobs.retry")}
          </Button>
        ),
    });
  }
  return (
    <>
      <PageHead title={t("jobs.title")} hint={t("jobs.hint")} />
      <Refusal error={retry.error} className="mb-4" />
      <PagedTable
        label={t("jobs.title")}
        list={list}
        columns={columns}
        id={(job) => job.id}
        empty={{ title: t("jobs.empty"), hint: t("jobs.emptyHint") }}
      />
    </>
  );
}
