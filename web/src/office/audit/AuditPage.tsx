import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { AuditEntry } from "../../api/cloud";
import { formatInstant } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { paths, type AuditFilter } from "../../paths";
import { useGo } from "../../ui/Go";
import { useBranch, useQueryText, useZone } from "../session/SessionContext";
import { Chip } from "../ui/Chip";
import { Choice } from "../ui/Choice";
import type { Column } from "../ui/DataTable";
import { DateField, SearchField } from "../ui/ListFilters";
import { PagedTable } from "../ui/PagedTable";
import { BranchSelect, PageHead } from "../ui/PageHead";
import { EntryDialog } from "./EntryDialog";
import { asked, audit } from "./queries";

/** Beginnings of actions that people look for. */
const ACTIONS = ["session.", "staff.", "role.", "grant.", "approval.", "sale.", "stock.", "node.", "order.", "event.", "token.", "provider."] as const;

/** Who did what to what, where, when and why. */
export function AuditPage() {
  const { t } = useTranslation("office");
  const go = useGo();
  const branch = useBranch();
  const text = useQueryText();
  const filter: AuditFilter = {
    branch: branch?.id,
    staff: text["staff"],
    action: text["action"],
    from: text["from"],
    until: text["until"],
    q: text["q"],
    flagged: text["flagged"],
  };
  const list = useInfiniteQuery({ ...audit(filter), placeholderData: keepPreviousData });
  const narrow = (change: AuditFilter) => go(paths.office.audit({ ...filter, ...change }), { replace: true });
  const [shown, setShown] = useState<AuditEntry | null>(null);
  const columns = useColumns(setShown);
  return (
    <>
      <PageHead title={t("audit.title")} hint={t("audit.hint")}>
        <a
          href={paths.auditFile(asked(filter))}
          download
          className="inline-flex min-h-12 items-center gap-2 rounded-field border border-edge bg-surface px-4 font-semibold hover:bg-sunken"
        >
          <Download aria-hidden className="size-5" />
          {t("audit.export")}
        </a>
      </PageHead>
      <div role="group" aria-label={t("audit.filter")} className="mb-5 flex flex-wrap items-end gap-3">
        <div className="w-full sm:w-64">
          <SearchField label={t("audit.search")} value={filter.q} onChange={(q) => narrow({ q })} />
        </div>
        <BranchSelect branch={branch?.id} to={(id) => paths.office.audit({ ...filter, branch: id })} />
        <Choice
          label={t("audit.action")}
          value={filter.action ?? ""}
          options={[["", t("audit.allActions")], ...ACTIONS.map((action): [string, string] => [action, t(`audit.kind.${action.slice(0, -1) as "session"}`)])]}
          onChange={(action) => narrow({ action: action || undefined })}
        />
        <Choice
          label={t("audit.flags")}
          value={filter.flagged ?? ""}
          options={[
            ["", t("audit.everything")],
            ["true", t("audit.flaggedOnly")],
          ]}
          onChange={(flagged) => narrow({ flagged: flagged || undefined })}
        />
        <DateField label={t("filter.from")} value={filter.from} onChange={(from) => narrow({ from })} />
        <DateField label={t("filter.to")} value={filter.until} onChange={(until) => narrow({ until })} />
      </div>
      <PagedTable label={t("audit.title")} list={list} columns={columns} id={(row) => String(row.id)} empty={{ title: t("audit.empty"), hint: t("audit.emptyHint") }} />
      {shown && <EntryDialog entry={shown} onClose={() => setShown(null)} />}
    </>
  );
}

function useColumns(onShow: (entry: AuditEntry) => void): Column<AuditEntry>[] {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const zone = useZone();
  return [
    {
      name: "what",
      header: t("audit.what"),
      isTitle: true,
      cell: (row) => (
        <button type="button" onClick={() => onShow(row)} className="min-h-12 text-left font-semibold text-pine underline wrap-anywhere">
          {row.action}
          {row.subject_name && <span className="block text-sm font-normal text-soft">{row.subject_name}</span>}
        </button>
      ),
    },
    { name: "who", header: t("audit.who"), cell: (row) => <span className="wrap-anywhere">{row.actor_name ?? row.actor}</span> },
    {
      name: "when",
      header: t("audit.when"),
      cell: (row) => formatInstant(row.happened_at ?? row.at, locale, row.location_id ? zone(row.location_id) : undefined),
    },
    { name: "where", header: t("audit.where"), cell: (row) => row.location_name ?? "–" },
    {
      name: "why",
      header: t("people.reason"),
      cell: (row) => (
        <>
          <span className="wrap-anywhere">{row.reason ?? ""}</span>
          {row.flags.map((flag) => (
            <span key={flag} className="mt-1 block">
              <Chip tone="bad">{t(`audit.flag.${flag.replace(".", "_") as "dismissed"}`, { defaultValue: flag })}</Chip>
            </span>
          ))}
        </>
      ),
    },
  ];
}
