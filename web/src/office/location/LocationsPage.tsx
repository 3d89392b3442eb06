import { useQuery } from "@tanstack/react-query";
import { Plus, Store, Users } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { LocationRecord } from "../../api/cloud";
import { paths } from "../../paths";
import { Button } from "../../ui/Button";
import { useGo } from "../../ui/Go";
import { Empty, Failure, Skeleton } from "../../ui/states";
import { may, useSession } from "../session/SessionContext";
import { DataTable, type Column } from "../ui/DataTable";
import { PageHead } from "../ui/PageHead";
import { LocationDialog } from "./LocationDialog";
import { locationRecords } from "./queries";

/** Shops, buying stations and warehouses with their registers. */
export function LocationsPage() {
  const { t } = useTranslation("office");
  const go = useGo();
  const session = useSession();
  const found = useQuery(locationRecords);
  const [open, setOpen] = useState<LocationRecord | "new" | null>(null);
  const all = found.data ?? [];
  const columns: Column<LocationRecord>[] = [
    {
      name: "name",
      header: t("lists.fields.name"),
      isTitle: true,
      cell: (row) => (
        <button type="button" onClick={() => setOpen(row)} className="min-h-12 text-left font-semibold text-pine underline">
          {row.name}
          <span className="block text-sm font-normal text-soft">{row.closed ? `${row.code} · ${t("places.closedNote")}` : row.code}</span>
        </button>
      ),
    },
    { name: "kind", header: t("lists.fields.kind"), cell: (row) => t(`places.kinds.${row.kind}`) },
    { name: "zone", header: t("lists.fields.time_zone"), isWide: true, cell: (row) => row.time_zone },
    {
      name: "registers",
      header: t("lists.fields.registers"),
      cell: (row) =>
        row.registers
          .filter(({ active }) => active)
          .map(({ name }) => name)
          .join(", "),
    },
    { name: "node", header: t("places.node"), cell: (row) => t(row.has_node ? "lists.yes" : "lists.no") },
  ];
  return (
    <>
      <PageHead title={t("places.title")} hint={t("places.hint")}>
        {may(session, "staff.read") && (
          <Button icon={<Users aria-hidden className="size-5" />} onClick={() => go(paths.office.people())}>
            {t("places.staff")}
          </Button>
        )}
        <Button kind="primary" icon={<Plus aria-hidden className="size-5" />} onClick={() => setOpen("new")}>
          {t("places.new")}
        </Button>
      </PageHead>
      {found.isPending && <Skeleton rows={4} />}
      {found.error && !found.data && <Failure error={found.error} onRetry={() => void found.refetch()} />}
      {found.data?.length === 0 && <Empty icon={<Store aria-hidden className="size-7" />} title={t("lists.empty")} hint={t("lists.emptyHint")} />}
      {all.length > 0 && <DataTable label={t("places.title")} rows={all} columns={columns} id={(row) => row.id} />}
      {open && <LocationDialog {...(open !== "new" && { record: open })} onClose={() => setOpen(null)} />}
    </>
  );
}
