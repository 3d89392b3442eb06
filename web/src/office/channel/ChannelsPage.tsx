import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Globe, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Channel } from "../../api/cloud";
import { formatInstant } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Empty, Failure, Refusal, Skeleton } from "../../ui/states";
import { Code } from "../node/Code";
import { mayEverywhere, useSession } from "../session/SessionContext";
import { DataTable, type Column } from "../ui/DataTable";
import { PageHead } from "../ui/PageHead";
import { TextField } from "../ui/TextField";
import { channels, makeChannel } from "./queries";

/** Who may place orders from outside. */
export function ChannelsPage() {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const session = useSession();
  const list = useQuery(channels);
  const [isMaking, setMaking] = useState(false);
  const columns: Column<Channel>[] = [
    { name: "name", header: t("channels.name"), isTitle: true, cell: (row) => row.name },
    { name: "state", header: t("channels.state"), cell: (row) => t(row.active ? "channels.active" : "channels.inactive") },
    { name: "created", header: t("channels.created"), cell: (row) => formatInstant(row.created_at, locale) },
  ];
  return (
    <>
      <PageHead title={t("channels.title")} hint={t("channels.hint")}>
        {mayEverywhere(session, "channel.manage") && (
          <Button kind="primary" icon={<Plus aria-hidden className="size-5" />} onClick={() => setMaking(true)}>
            {t("channels.new")}
          </Button>
        )}
      </PageHead>
      {list.isPending && <Skeleton rows={3} />}
      {list.error && !list.data && <Failure error={list.error} onRetry={() => void list.refetch()} />}
      {list.data?.length === 0 && <Empty icon={<Globe aria-hidden className="size-7" />} title={t("channels.empty")} hint={t("channels.emptyHint")} />}
      {list.data && list.data.length > 0 && <DataTable label={t("channels.title")} rows={list.data} columns={columns} id={(row) => row.id} />}
      {isMaking && <NewChannelDialog onClose={() => setMaking(false)} />}
    </>
  );
}

function NewChannelDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("office");
  const client = useQueryClient();
  const [name, setName] = useState("");
  const making = useMutation({
    mutationFn: () => makeChannel(name.trim()),
    onSuccess: () => void client.invalidateQueries({ queryKey: ["channels"] }),
  });
  if (making.data) {
    return (
      <Dialog title={t("channels.key", { name: making.data.name })} onClose={onClose}>
        <Code code={making.data.key} hint={t("channels.keyHint")} />
      </Dialog>
    );
  }
  return (
    <Dialog title={t("channels.new")} onClose={onClose} isBusy={making.isPending}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim()) making.mutate();
        }}
      >
        <TextField label={t("channels.name")} value={name} onChange={setName} isFirst />
        <Refusal error={making.error} />
        <Button type="submit" kind="primary" size="large" disabled={making.isPending} blocked={name.trim() ? null : t("channels.nameMissing")}>
          {t("channels.make")}
        </Button>
      </form>
    </Dialog>
  );
}
