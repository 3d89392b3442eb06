import { useQuery } from "@tanstack/react-query";
import { LogIn, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { IdentityProvider } from "../../api/cloud";
import { Button } from "../../ui/Button";
import { Empty, Failure, Skeleton } from "../../ui/states";
import { Chip } from "../ui/Chip";
import { DataTable, type Column } from "../ui/DataTable";
import { PageHead } from "../ui/PageHead";
import { ProviderDialog } from "./ProviderDialog";
import { providers } from "./queries";

/** Where people may sign in besides here. */
export function ProvidersPage() {
  const { t } = useTranslation("office");
  const list = useQuery(providers);
  const [open, setOpen] = useState<IdentityProvider | "new" | null>(null);
  const columns: Column<IdentityProvider>[] = [
    {
      name: "name",
      header: t("providers.name"),
      isTitle: true,
      cell: (row) => (
        <button type="button" onClick={() => setOpen(row)} className="min-h-12 text-left font-semibold text-pine underline">
          {row.name}
          <span className="block text-sm font-normal text-soft wrap-anywhere">{row.issuer}</span>
        </button>
      ),
    },
    { name: "realm", header: t("providers.realm"), cell: (row) => t(`providers.realms.${row.realm}`) },
    { name: "unknown", header: t("providers.unknown"), cell: (row) => t(`providers.unknowns.${row.unknown}`) },
    { name: "callback", header: t("providers.callback"), isWide: true, cell: (row) => <code className="text-sm wrap-anywhere">{row.callback}</code> },
    { name: "state", header: t("people.state"), cell: (row) => <Chip tone={row.active ? "good" : "plain"}>{t(row.active ? "channels.active" : "channels.inactive")}</Chip> },
  ];
  return (
    <>
      <PageHead title={t("providers.title")} hint={t("providers.hint")}>
        <Button kind="primary" icon={<Plus aria-hidden className="size-5" />} onClick={() => setOpen("new")}>
          {t("providers.new")}
        </Button>
      </PageHead>
      {list.isPending && <Skeleton rows={2} />}
      {list.error && !list.data && <Failure error={list.error} onRetry={() => void list.refetch()} />}
      {list.data?.length === 0 && <Empty icon={<LogIn aria-hidden className="size-7" />} title={t("providers.empty")} hint={t("providers.emptyHint")} />}
      {list.data && list.data.length > 0 && <DataTable label={t("providers.title")} rows={list.data} columns={columns} id={(row) => row.id} />}
      {open && <ProviderDialog {...(open !== "new" && { provider: open })} onClose={() => setOpen(null)} />}
    </>
  );
}
