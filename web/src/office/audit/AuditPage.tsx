import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Download, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { AuditEntry } from "../../api/cloud";
import { formatInstant } from "../../format/when";
import { zoneHere } from "../../format/zone";
import { useLocale } from "../../i18n/useLocale";
import { paths, type AuditFilter } from "../../paths";
import { Button } from "../../ui/Button";
import { useGo } from "../../ui/Go";
import { useBranch, useCommonZone, useQueryText } from "../session/SessionContext";
import { Chip } from "../ui/Chip";
import { Choice } from "../ui/Choice";
import type { Column } from "../ui/DataTable";
import { DateField, SearchField } from "../ui/ListFilters";
import { PagedTable } from "../ui/PagedTable";
import { BranchSelect, PageHead } from "../ui/PageHead";
import { EntryDialog } from "./EntryDialog";
import { asked, audit } from "./queries";
import { nameOfActor, useAct, useFlag } from "./words";

/** Beginnings of actions that people look for. */
const KINDS = [
  ...(["session", "staff", "role", "grant", "region", "invitation", "approval", "sale", "shift", "purchase", "stock", "rights", "order"] as const),
  ...(["access", "case", "day", "event", "node", "provider", "token", "channel", "job", "audit"] as const),
];

/** Who did what to what, where, when and why. */
export function AuditPage() {
  const { t } = useTranslation("office");
  const go = useGo();
  const branch = useBranch("audit.read");
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
  // Days are those of the branch; of several branches, those that they share, or the reader's own.
  const shared = useCommonZone();
  const zone = branch?.time_zone ?? shared ?? zoneHere();
  const list = useInfiniteQuery({ ...audit(filter, zone), placeholderData: keepPreviousData });
  const narrow = (change: AuditFilter) => go(paths.office.audit({ ...filter, ...change }), { replace: true });
  const [shown, setShown] = useState<AuditEntry | null>(null);
  const columns = useColumns(setShown, zone);
  const isNarrowed = Object.values(filter).some(Boolean);
  return (
    <>
      <PageHead title={t("audit.title")} hint={t("audit.hint")}>
        <a
          href={paths.auditFile({ ...asked(filter, zone), time_zone: zone })}
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
        <BranchSelect permission="audit.read" branch={branch?.id} to={(id) => paths.office.audit({ ...filter, branch: id })} />
        <Choice
          label={t("audit.action")}
          value={filter.action ?? ""}
          options={[["", t("audit.allActions")], ...KINDS.map((kind): [string, string] => [`${kind}.`, t(`audit.kind.${kind}`)])]}
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
        {isNarrowed && (
          <Button kind="quiet" icon={<X aria-hidden className="size-5" />} onClick={() => go(paths.office.audit())}>
            {t("filter.clear")}
          </Button>
        )}
        <p className="w-full text-sm text-faint">{t("audit.zone", { zone })}</p>
      </div>
      <PagedTable label={t("audit.title")} list={list} columns={columns} id={(row) => String(row.id)} empty={{ title: t("audit.empty"), hint: t("audit.emptyHint") }} />
      {shown && <EntryDialog entry={shown} zone={zone} onClose={() => setShown(null)} />}
    </>
  );
}

function useColumns(onShow: (entry: AuditEntry) => void, zone: string): Column<AuditEntry>[] {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const act = useAct();
  const flag = useFlag();
  return [
    {
      name: "what",
      header: t("audit.what"),
      isTitle: true,
      cell: (row) => (
        <button type="button" onClick={() => onShow(row)} className="min-h-12 text-left font-semibold text-pine underline wrap-anywhere">
          {act(row.action)}
          {row.subject_name && <span className="block text-sm font-normal text-soft">{row.subject_name}</span>}
        </button>
      ),
    },
    { name: "who", header: t("audit.who"), cell: (row) => <span className="wrap-anywhere">{nameOfActor(row, t)}</span> },
    {
      name: "when",
      header: t("audit.when"),
      cell: (row) => formatInstant(row.happened_at ?? row.at, locale, zone),
    },
    { name: "where", header: t("audit.where"), cell: (row) => row.location_name ?? "–" },
    {
      name: "why",
      header: t("people.reason"),
      cell: (row) => (
        <>
          <span className="wrap-anywhere">{row.reason ?? ""}</span>
          {row.flags.map((one) => (
            <span key={one} className="mt-1 block">
              <Chip tone="bad">{flag(one)}</Chip>
            </span>
          ))}
        </>
      ),
    },
  ];
}
