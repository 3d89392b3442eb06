import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Approval } from "../../api/cloud";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Refusal } from "../../ui/states";
import { TextField } from "../ui/TextField";
import { decide } from "./queries";

interface DecisionDialogProps {
  approval: Approval;
  decision: "approve" | "reject";
  onClose: () => void;
}

/** Shows exactly what would be done before it is. */
export function DecisionDialog({ approval, decision, onClose }: DecisionDialogProps) {
  const { t } = useTranslation("office");
  const client = useQueryClient();
  const [comment, setComment] = useState("");
  const deciding = useMutation({
    mutationFn: () => decide(approval.id, decision, comment.trim()),
    onSuccess: () => {
      void client.invalidateQueries();
      onClose();
    },
  });
  const action = t(`approvals.action.${approval.action.replace(".", "_") as "node_fence"}`, { defaultValue: approval.action });
  return (
    <Dialog title={action} description={t("approvals.asks", { name: approval.requested_by_name, reason: approval.reason })} onClose={onClose} isBusy={deciding.isPending}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (!deciding.isPending) deciding.mutate();
        }}
      >
        {/* What scrolls must be reachable by keyboard. */}
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
        <pre tabIndex={0} aria-label={t("approvals.exactly")} className="max-h-60 overflow-auto rounded-field bg-paper p-3 text-sm wrap-anywhere whitespace-pre-wrap">
          {JSON.stringify(approval.payload, null, 2)}
        </pre>
        <TextField label={t("approvals.comment")} value={comment} onChange={setComment} isFirst />
        <Refusal error={deciding.error} />
        <Button type="submit" kind={decision === "approve" ? "primary" : "danger"} size="large" disabled={deciding.isPending}>
          {t(decision === "approve" ? "approvals.approve" : "approvals.reject")}
        </Button>
      </form>
    </Dialog>
  );
}
