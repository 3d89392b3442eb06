import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Check, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Approval } from "../../api/cloud";
import { formatInstant } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { Button } from "../../ui/Button";
import { useGo } from "../../ui/Go";
import { useQueryText, useSession } from "../session/SessionContext";
import { Chip, type Tone } from "../ui/Chip";
import { Choice } from "../ui/Choice";
import type { Column } from "../ui/DataTable";
import { PagedTable } from "../ui/PagedTable";
import { PageHead } from "../ui/PageHead";
import { DecisionDialog } from "./DecisionDialog";
import { approvals } from "./queries";

const TONES: Record<string, Tone> = { open: "warn", approved: "good", rejected: "bad" };
const STATES = ["open", "approved", "rejected", "withdrawn", "expired"] as const;

/** What one person asked for and a second one has to allow. */
export function ApprovalsPage() {
  const { t } = useTranslation("office");
  const go = useGo();
  const { state = "open" } = useQueryText();
  const list = useInfiniteQuery({ ...approvals(STATES.find((one) => one === state)), placeholderData: keepPreviousData });
  const [deciding, setDeciding] = useState<{ approval: Approval; decision: "approve" | "reject" } | null>(null);
  const columns = useColumns((approval, decision) => setDeciding({ approval, decision }));
  return (
    <>
      <PageHead title={t("approvals.title")} hint={t("approvals.hint")}>
        <Choice
          label={t("cases.state")}
          value={state}
          options={[
            ...STATES.map((one): [string, string] => [one, t(`approvals.state.${one}`)]),
            ["all", t("cases.all")],
          ]}
          onChange={(chosen) => go(paths.office.approvals({ state: chosen }), { replace: true })}
        />
      </PageHead>
      <PagedTable
        label={t("approvals.title")}
        list={list}
        columns={columns}
        id={(row) => row.id}
        empty={{ title: t("approvals.empty"), hint: t("approvals.emptyHint") }}
      />
      {deciding && <DecisionDialog {...deciding} onClose={() => setDeciding(null)} />}
    </>
  );
}

function useColumns(onDecide: (approval: Approval, decision: "approve" | "reject") => void): Column<Approval>[] {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const { staff } = useSession();
  const outcomeOf = (row: Approval) => {
    const when = formatInstant(row.expires_at, locale);
    if (row.decided_by_name) return `${row.decided_by_name}${row.comment ? `: ${row.comment}` : ""}`;
    return t(row.state === "expired" ? "approvals.lapsed" : "approvals.until", { when });
  };
  return [
    {
      name: "what",
      header: t("approvals.what"),
      isTitle: true,
      cell: (row) => (
        <>
          {t(`approvals.action.${row.action.replace(".", "_") as "node_fence"}`, { defaultValue: row.action })}
          <span className="block text-sm font-normal text-faint">{row.location_name ?? t("people.wholeChain")}</span>
        </>
      ),
    },
    {
      name: "who",
      header: t("approvals.who"),
      cell: (row) => (
        <>
          {row.requested_by_name}
          <span className="block text-sm text-faint">{formatInstant(row.requested_at, locale)}</span>
        </>
      ),
    },
    { name: "why", header: t("people.reason"), cell: (row) => <span className="wrap-anywhere">{row.reason || "–"}</span> },
    {
      name: "state",
      header: t("cases.state"),
      cell: (row) => (
        <>
          <Chip tone={TONES[row.state] ?? "plain"}>{t(`approvals.state.${row.state as "open"}`, { defaultValue: row.state })}</Chip>
          <span className="block text-sm text-faint">
            {outcomeOf(row)}
          </span>
        </>
      ),
    },
    {
      name: "decide",
      header: t("approvals.decide"),
      cell: (row) => {
        if (row.state !== "open") return null;
        const isOwn = row.requested_by === staff.id;
        const whyNot = isOwn ? t("approvals.notOwn") : t("people.mayNot");
        return (
          <div className="flex flex-wrap gap-2">
            <Button kind="primary" icon={<Check aria-hidden className="size-5" />} blocked={row.may_decide ? null : whyNot} onClick={() => onDecide(row, "approve")}>
              {t("approvals.approve")}
            </Button>
            <Button icon={<X aria-hidden className="size-5" />} blocked={row.may_decide || isOwn ? null : whyNot} onClick={() => onDecide(row, "reject")}>
              {t(isOwn ? "approvals.withdraw" : "approvals.reject")}
            </Button>
          </div>
        );
      },
    },
  ];
}
