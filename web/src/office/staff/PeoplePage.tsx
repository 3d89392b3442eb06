import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { MailPlus, UserPlus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Person } from "../../api/cloud";
import { paths } from "../../paths";
import { Button } from "../../ui/Button";
import { Go, useGo } from "../../ui/Go";
import { useRoleOptions } from "../role/useRoleOptions";
import { may, useBranch, useQueryText, useSession } from "../session/SessionContext";
import { Chip } from "../ui/Chip";
import { Choice } from "../ui/Choice";
import type { Column } from "../ui/DataTable";
import { PagedTable } from "../ui/PagedTable";
import { SearchField } from "../ui/ListFilters";
import { BranchSelect, PageHead } from "../ui/PageHead";
import { PersonDialog } from "./PersonDialog";
import { people } from "./queries";

/** Who works here, and what each may do where. */
export function PeoplePage() {
  const { t } = useTranslation("office");
  const go = useGo();
  const session = useSession();
  const branch = useBranch("staff.read");
  const { q, role, state = "active" } = useQueryText();
  const [isAdding, setAdding] = useState(false);
  const list = useInfiniteQuery({
    ...people({ q, location: branch?.id, role, active: state === "all" ? undefined : state === "active" }),
    placeholderData: keepPreviousData,
  });
  const roleOptions = useRoleOptions(t("people.allRoles"));
  const filter = { branch: branch?.id, q, role, state };
  const narrow = (change: Partial<typeof filter>) => go(paths.office.people({ ...filter, ...change }), { replace: true });
  const columns = useColumns();
  return (
    <>
      <PageHead title={t("people.title")} hint={t("people.hint")}>
        {may(session, "staff.manage") && (
          <Go href={paths.office.invitations()} className="inline-flex min-h-12 items-center gap-2 rounded-field border border-edge bg-surface px-4 font-semibold hover:bg-sunken">
            <MailPlus aria-hidden className="size-5" />
            {t("invitations.title")}
          </Go>
        )}
        {may(session, "staff.manage") && (
          <Button kind="primary" icon={<UserPlus aria-hidden className="size-5" />} onClick={() => setAdding(true)}>
            {t("people.new")}
          </Button>
        )}
      </PageHead>
      <div className="mb-4 flex flex-wrap items-center gap-3">
        <div className="w-full sm:w-64">
          <SearchField label={t("people.search")} value={q} onChange={(text) => narrow({ q: text })} />
        </div>
        <BranchSelect permission="staff.read" branch={branch?.id} to={(id) => paths.office.people({ ...filter, branch: id })} />
        <Choice
          label={t("people.role")}
          value={role ?? ""}
          options={roleOptions}
          onChange={(chosen) => narrow({ role: chosen || undefined })}
        />
        <Choice
          label={t("people.state")}
          value={state}
          options={[
            ["active", t("people.active")],
            ["dismissed", t("people.dismissed")],
            ["all", t("cases.all")],
          ]}
          onChange={(chosen) => narrow({ state: chosen })}
        />
      </div>
      <PagedTable
        label={t("people.title")}
        list={list}
        columns={columns}
        id={(row) => row.id}
        href={(row) => paths.office.person(row.id)}
        empty={{ title: t("people.empty"), hint: t("people.emptyHint") }}
      />
      {isAdding && <PersonDialog onClose={() => setAdding(false)} />}
    </>
  );
}

function useColumns(): Column<Person>[] {
  const { t } = useTranslation("office");
  return [
    {
      name: "name",
      header: t("people.name"),
      isTitle: true,
      cell: (row) => (
        <>
          {row.name}
          {row.email && <span className="block text-sm font-normal text-faint wrap-anywhere">{row.email}</span>}
        </>
      ),
    },
    {
      name: "roles",
      header: t("people.roles"),
      cell: (row) => (
        <ul>
          {row.grants
            .filter((grant) => grant.state !== "over")
            .map((grant) => (
              <li key={grant.id}>
                {grant.role_name} <span className="text-faint">· {grant.place_name ?? t("people.wholeChain")}</span>
              </li>
            ))}
        </ul>
      ),
    },
    {
      name: "access",
      header: t("people.signsIn"),
      cell: (row) => [row.has_password && t("people.office"), row.has_pin && t("people.till")].filter(Boolean).join(", ") || "–",
    },
    {
      name: "state",
      header: t("people.state"),
      cell: (row) => <Chip tone={row.active ? "good" : "bad"}>{t(row.active ? "people.active" : "people.dismissed")}</Chip>,
    },
  ];
}
