import { keepPreviousData, useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { RotateCcw } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { HeldEvent } from "../../api/cloud";
import { formatInstant } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { Button } from "../../ui/Button";
import { useGo } from "../../ui/Go";
import { Refusal } from "../../ui/states";
import { may, useBranch, useQueryText, useSession, useZone } from "../session/SessionContext";
import { Chip } from "../ui/Chip";
import { Choice } from "../ui/Choice";
import type { Column } from "../ui/DataTable";
import { PagedTable } from "../ui/PagedTable";
import { BranchSelect, PageHead } from "../ui/PageHead";
import { heldEvents, retryAllHeld } from "./queries";

/** Records that arrived and are not in the figures: see why, put them right, try again. */
export function HeldPage() {
  const { t } = useTranslation("office");
  const go = useGo();
  const branch = useBranch("node.read");
  const { state } = useQueryText();
  const list = useInfiniteQuery({ ...heldEvents(branch?.id, state), placeholderData: keepPreviousData });
  const columns = useColumns();
  return (
    <>
      <PageHead title={t("held.title")} hint={t("held.hint")}>
        <BranchSelect permission="node.read" branch={branch?.id} to={(id) => paths.office.held({ branch: id, state })} />
        <Choice
          label={t("cases.state")}
          value={state ?? ""}
          options={[
            ["", t("cases.all")],
            ["waiting", t("nodes.state.waiting")],
            ["quarantined", t("nodes.state.quarantined")],
          ]}
          onChange={(chosen) => go(paths.office.held({ branch: branch?.id, state: chosen || undefined }), { replace: true })}
        />
        {(list.data?.pages[0]?.items.length ?? 0) > 0 && <RetryAll branch={branch?.id} />}
      </PageHead>
      <PagedTable
        label={t("held.title")}
        list={list}
        columns={columns}
        id={(row) => `${row.node_id}/${row.epoch}/${row.seq}`}
        href={(row) => paths.office.heldEvent(row.node_id, row.epoch, row.seq)}
        empty={{ title: t("held.empty"), hint: t("held.emptyHint") }}
      />
    </>
  );
}

/** After an upgrade, or when what was missing has come: all of them once more. */
function RetryAll({ branch }: { branch: string | undefined }) {
  const { t } = useTranslation("office");
  const session = useSession();
  const client = useQueryClient();
  const retry = useMutation({
    mutationFn: () => retryAllHeld(branch),
    onSuccess: () => {
      for (const key of ["held", "nodes", "invariants", "completeness"]) void client.invalidateQueries({ queryKey: [key] });
    },
  });
  return (
    <div className="w-full sm:w-auto">
      <Button
        className="w-full"
        icon={<RotateCcw aria-hidden className="size-5" />}
        disabled={retry.isPending}
        blocked={may(session, "node.retry") ? null : t("held.mayNot")}
        onClick={() => retry.mutate()}
      >
        {t("held.retryAll")}
      </Button>
      <p role="status" className="text-sm font-medium text-pine">
        {retry.data && t("held.retriedAll", { count: retry.data.retried })}
      </p>
      <Refusal error={retry.error} />
    </div>
  );
}

export function HeldState({ state }: { state: string }) {
  const { t } = useTranslation("office");
  return <Chip tone={state === "waiting" ? "warn" : "bad"}>{t(`nodes.state.${state as "waiting"}`, { defaultValue: state })}</Chip>;
}

function useColumns(): Column<HeldEvent>[] {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const zone = useZone();
  const number = new Intl.NumberFormat(locale);
  return [
    {
      name: "record",
      header: t("held.record"),
      isTitle: true,
      cell: (row) => (
        <>
          {row.kind}
          <span className="block text-sm font-normal text-faint">
            {row.location_name} · {t("nodes.record", { epoch: row.epoch, seq: row.seq })}
          </span>
        </>
      ),
    },
    { name: "state", header: t("cases.state"), cell: (row) => <HeldState state={row.state} /> },
    {
      name: "reason",
      header: t("held.reason"),
      cell: (row) => (
        <span className="wrap-anywhere">
          {row.detail || row.reason}
          {row.corrected && <span className="block text-sm text-amber">{t("held.corrected")}</span>}
        </span>
      ),
    },
    { name: "blocks", header: t("held.blocks"), isNumber: true, cell: (row) => <span className={row.blocks > 0 ? "font-semibold text-amber" : "text-faint"}>{number.format(row.blocks)}</span> },
    {
      name: "received",
      header: t("held.received"),
      cell: (row) => <span className={row.overdue ? "font-semibold text-rust" : ""}>{formatInstant(row.received_at, locale, zone(row.location_id))}</span>,
    },
  ];
}
