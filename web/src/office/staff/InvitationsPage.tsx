import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { MailPlus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Invitation } from "../../api/cloud";
import { formatInstant } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Empty, Failure, Refusal, Skeleton } from "../../ui/states";
import { BackLink } from "../ui/BackLink";
import { Chip } from "../ui/Chip";
import { DataTable, type Column } from "../ui/DataTable";
import { PageHead } from "../ui/PageHead";
import { TextField } from "../ui/TextField";
import { GrantFields, useFirstGrant } from "./GrantFields";
import { invitations, invite, revokeInvitation } from "./queries";

/** People who were asked by e-mail to join. */
export function InvitationsPage() {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const client = useQueryClient();
  const list = useQuery(invitations);
  const [isInviting, setInviting] = useState(false);
  const revoking = useMutation({
    mutationFn: (id: string) => revokeInvitation(id),
    onSettled: () => client.invalidateQueries({ queryKey: ["invitations"] }),
  });
  const columns: Column<Invitation>[] = [
    {
      name: "email",
      header: t("people.email"),
      isTitle: true,
      cell: (row) => (
        <>
          <span className="wrap-anywhere">{row.email}</span>
          <span className="block text-sm font-normal text-faint">
            {t("invitations.by", { name: row.invited_by_name })} · {formatInstant(row.created_at, locale)}
          </span>
        </>
      ),
    },
    { name: "expires", header: t("invitations.expires"), cell: (row) => formatInstant(row.expires_at, locale) },
    { name: "state", header: t("people.state"), cell: (row) => <State invitation={row} /> },
    {
      name: "revoke",
      header: t("invitations.revoke"),
      cell: (row) =>
        stateOf(row) === "open" && (
          <Button kind="quiet" disabled={revoking.isPending} onClick={() => revoking.mutate(row.id)}>
            {t("invitations.revoke")}
          </Button>
        ),
    },
  ];
  return (
    <>
      <BackLink href={paths.office.people()} label={t("people.title")} />
      <PageHead title={t("invitations.title")} hint={t("invitations.hint")}>
        <Button kind="primary" icon={<MailPlus aria-hidden className="size-5" />} onClick={() => setInviting(true)}>
          {t("invitations.new")}
        </Button>
      </PageHead>
      <Refusal error={revoking.error} className="mb-4" />
      {list.isPending && <Skeleton rows={3} />}
      {list.error && !list.data && <Failure error={list.error} onRetry={() => void list.refetch()} />}
      {list.data?.length === 0 && <Empty title={t("invitations.empty")} hint={t("invitations.emptyHint")} />}
      {list.data && list.data.length > 0 && <DataTable label={t("invitations.title")} rows={list.data} columns={columns} id={(row) => row.id} />}
      {isInviting && <InviteDialog onClose={() => setInviting(false)} />}
    </>
  );
}

const stateOf = (row: Invitation, now: number = Date.now()) => {
  if (row.accepted_at) return "accepted";
  if (row.revoked_at) return "revoked";
  return Date.parse(row.expires_at) < now ? "expired" : "open";
};

function State({ invitation }: { invitation: Invitation }) {
  const { t } = useTranslation("office");
  const state = stateOf(invitation);
  const tones = { accepted: "good", open: "warn", revoked: "plain", expired: "plain" } as const;
  return <Chip tone={tones[state]}>{t(`invitations.state.${state}`)}</Chip>;
}

function InviteDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("office");
  const client = useQueryClient();
  const [email, setEmail] = useState("");
  const [grant, setGrant] = useFirstGrant();
  const sending = useMutation({
    mutationFn: () => invite(email.trim(), grant),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["invitations"] });
      onClose();
    },
  });
  const missing = () => {
    if (!email.includes("@")) return t("invitations.emailMissing");
    return grant.role_id ? null : t("people.chooseRole");
  };
  return (
    <Dialog title={t("invitations.new")} description={t("invitations.text")} onClose={onClose} isBusy={sending.isPending}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (missing() === null && !sending.isPending) sending.mutate();
        }}
      >
        <TextField label={t("people.email")} value={email} onChange={setEmail} isFirst />
        <GrantFields grant={grant} onChange={setGrant} />
        <Refusal error={sending.error} />
        <Button type="submit" kind="primary" size="large" disabled={sending.isPending} blocked={missing()}>
          {t("invitations.send")}
        </Button>
      </form>
    </Dialog>
  );
}
