import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useTranslation } from "react-i18next";

import { newId } from "../../api/id";
import type { Role } from "../../api/cloud";
import { paths } from "../../paths";
import { Button } from "../../ui/Button";
import { useGo } from "../../ui/Go";
import { Failure, Skeleton } from "../../ui/states";
import { mayEverywhere, useSession } from "../session/SessionContext";
import { DataTable, type Column } from "../ui/DataTable";
import { PageHead } from "../ui/PageHead";
import { Matrix } from "./Matrix";
import { permissions, roles } from "./queries";

/** What each role may do, side by side. */
export function RolesPage() {
  const { t } = useTranslation("office");
  const go = useGo();
  const session = useSession();
  const list = useQuery(roles);
  const known = useQuery(permissions);
  const error = list.error ?? known.error;
  const columns: Column<Role>[] = [
    {
      name: "name",
      header: t("roles.name"),
      isTitle: true,
      cell: (row) => (
        <>
          {row.name}
          {row.description && <span className="block text-sm font-normal text-faint">{row.description}</span>}
        </>
      ),
    },
    { name: "people", header: t("roles.people"), isNumber: true, cell: (row) => row.people },
    { name: "permissions", header: t("roles.permissions"), isNumber: true, cell: (row) => row.permissions.length },
  ];
  return (
    <>
      <PageHead title={t("roles.title")} hint={t("roles.hint")}>
        {mayEverywhere(session, "role.manage") && (
          <Button kind="primary" icon={<Plus aria-hidden className="size-5" />} onClick={() => go(paths.office.role(newId()))}>
            {t("roles.new")}
          </Button>
        )}
      </PageHead>
      {(list.isPending || known.isPending) && <Skeleton rows={6} />}
      {error && !(list.data && known.data) && <Failure error={error} onRetry={() => void Promise.all([list.refetch(), known.refetch()])} />}
      {list.data && <DataTable label={t("roles.title")} rows={list.data} columns={columns} id={(row) => row.id} href={(row) => paths.office.role(row.id)} />}
      {list.data && known.data && <Matrix roles={list.data} permissions={known.data} />}
    </>
  );
}
