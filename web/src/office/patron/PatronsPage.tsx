import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { UserPlus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Patron } from "../../api/cloud";
import { formatInstant } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { Button } from "../../ui/Button";
import { mayEverywhere, useSession } from "../session/SessionContext";
import type { Column } from "../ui/DataTable";
import { SearchField } from "../ui/ListFilters";
import { PagedTable } from "../ui/PagedTable";
import { PageHead } from "../ui/PageHead";
import { PatronDialog } from "./PatronDialog";
import { patrons } from "./queries";

/** Customers whom the chain knows. What is searched for is a person: it stays out of the address. */
export function PatronsPage() {
  const { t } = useTranslation("office");
  const session = useSession();
  const [q, setQ] = useState("");
  const [isNew, setNew] = useState(false);
  const list = useInfiniteQuery({ ...patrons(q), placeholderData: keepPreviousData });
  const columns = useColumns();
  return (
    <>
      <PageHead title={t("patron.title")} hint={t("patron.hint")}>
        {mayEverywhere(session, "customer.manage") && (
          <Button kind="primary" icon={<UserPlus aria-hidden className="size-5" />} onClick={() => setNew(true)}>
            {t("patron.add")}
          </Button>
        )}
      </PageHead>
      <div className="mb-4 w-full sm:w-80">
        <SearchField label={t("patron.search")} value={q} onChange={(text) => setQ(text ?? "")} />
      </div>
      <PagedTable
        label={t("patron.title")}
        list={list}
        columns={columns}
        id={(row) => row.id}
        href={(row) => paths.office.customer(row.id)}
        empty={{ title: t("patron.empty"), hint: t("patron.emptyHint") }}
      />
      {isNew && <PatronDialog onClose={() => setNew(false)} />}
    </>
  );
}

function useColumns(): Column<Patron>[] {
  const { t } = useTranslation("office");
  const locale = useLocale();
  return [
    { name: "name", header: t("patron.name"), isTitle: true, cell: (row) => row.name || t("patron.unnamed") },
    { name: "phone", header: t("patron.phone"), cell: (row) => row.phone ?? "" },
    { name: "marketing", header: t("patron.marketing"), cell: (row) => t(`patron.said.${said(row.marketing)}`) },
    { name: "where", header: t("patron.where"), cell: (row) => row.registered_in ?? "" },
    { name: "since", header: t("patron.since"), isWide: true, cell: (row) => formatInstant(row.registered_at, locale) },
  ];
}

/** What somebody has said about advertising, as the words name it. */
export const said = (marketing: boolean | null | undefined): "unasked" | "yes" | "no" => {
  if (marketing === null || marketing === undefined) return "unasked";
  return marketing ? "yes" : "no";
};
