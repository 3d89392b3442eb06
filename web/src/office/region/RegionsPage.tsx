import { useQuery } from "@tanstack/react-query";
import { Map as MapIcon, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Region } from "../../api/cloud";
import { Button } from "../../ui/Button";
import { Empty, Failure, Skeleton } from "../../ui/states";
import { useSession } from "../session/SessionContext";
import { regions } from "../staff/queries";
import { DataTable, type Column } from "../ui/DataTable";
import { Card, PageHead } from "../ui/PageHead";
import { RegionDialog } from "./RegionDialog";

/** Branches that are run together: a role in a region reaches those that it has at the time. */
export function RegionsPage() {
  const { t } = useTranslation("office");
  const { locations } = useSession();
  const list = useQuery(regions);
  const [open, setOpen] = useState<Region | "new" | null>(null);
  const nameOf = (id: string) => locations.find((one) => one.id === id)?.name ?? id;
  const all = list.data ?? [];
  const alone = locations.filter(({ id }) => !all.some(({ location_ids }) => location_ids.includes(id)));
  const columns: Column<Region>[] = [
    {
      name: "name",
      header: t("regions.name"),
      isTitle: true,
      cell: (row) => (
        <button type="button" onClick={() => setOpen(row)} className="min-h-12 text-left font-semibold text-pine underline">
          {row.name}
          <span className="block text-sm font-normal text-soft">{row.code}</span>
        </button>
      ),
    },
    { name: "branches", header: t("regions.branches"), cell: (row) => row.location_ids.map(nameOf).join(", ") || t("regions.none") },
    { name: "count", header: t("regions.count"), isNumber: true, isWide: true, cell: (row) => row.location_ids.length },
  ];
  return (
    <>
      <PageHead title={t("regions.title")} hint={t("regions.hint")}>
        <Button kind="primary" icon={<Plus aria-hidden className="size-5" />} onClick={() => setOpen("new")}>
          {t("regions.new")}
        </Button>
      </PageHead>
      {list.isPending && <Skeleton rows={3} />}
      {list.error && !list.data && <Failure error={list.error} onRetry={() => void list.refetch()} />}
      {list.data?.length === 0 && <Empty icon={<MapIcon aria-hidden className="size-7" />} title={t("regions.empty")} hint={t("regions.emptyHint")} />}
      {all.length > 0 && <DataTable label={t("regions.title")} rows={all} columns={columns} id={(row) => row.id} />}
      {all.length > 0 && alone.length > 0 && (
        <Card title={t("regions.alone")} className="mt-5">
          <p className="px-5 pb-5 text-soft">{alone.map(({ name }) => name).join(", ")}</p>
        </Card>
      )}
      {open && <RegionDialog {...(open !== "new" && { region: open })} regions={all} onClose={() => setOpen(null)} />}
    </>
  );
}
