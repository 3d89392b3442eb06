import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Node } from "../../api/cloud";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Refusal } from "../../ui/states";
import { AskedNote } from "../approval/AskedNote";
import { TextField } from "../ui/TextField";
import { fenceNode } from "./queries";

/** Nothing takes a fence back: the reason is recorded, and the branch's name typed. */
export function FenceDialog({ node, onClose }: { node: Node; onClose: () => void }) {
  const { t } = useTranslation("office");
  const client = useQueryClient();
  const [reason, setReason] = useState("");
  const [typed, setTyped] = useState("");
  const fence = useMutation({
    mutationFn: () => fenceNode(node.id, reason.trim()),
    onSuccess: async (answer) => {
      for (const key of ["nodes", "approvals"]) await client.invalidateQueries({ queryKey: [key] });
      if (answer === "done") onClose();
    },
  });
  const isConfirmed = typed.trim().toLocaleLowerCase() === node.location_name.toLocaleLowerCase();
  const missing = () => {
    if (reason.trim() === "") return t("reason.missing");
    return isConfirmed ? null : t("nodes.typeName", { branch: node.location_name });
  };
  if (fence.data === "asked") {
    return (
      <Dialog title={t("nodes.fenceTitle", { branch: node.location_name })} onClose={onClose}>
        <AskedNote />
      </Dialog>
    );
  }
  return (
    <Dialog title={t("nodes.fenceTitle", { branch: node.location_name })} description={t("nodes.fenceText")} onClose={onClose} isBusy={fence.isPending}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (missing() === null) fence.mutate();
        }}
      >
        {node.connected && <p className="rounded-field bg-amber-wash px-3 py-2.5 font-medium text-amber">{t("nodes.stillOnline")}</p>}
        <TextField label={t("nodes.fenceReason")} hint={t("nodes.fenceReasonHint")} value={reason} onChange={setReason} isFirst />
        <TextField label={t("nodes.typeName", { branch: node.location_name })} value={typed} onChange={setTyped} />
        <Refusal error={fence.error} />
        <Button type="submit" kind="danger" size="large" disabled={fence.isPending} blocked={missing()}>
          {t("nodes.fence")}
        </Button>
      </form>
    </Dialog>
  );
}
