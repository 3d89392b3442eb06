import { useMutation, useQueryClient } from "@tanstack/react-query";
import { RotateCcw } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { HeldDetail } from "../../api/cloud";
import { newId } from "../../api/id";
import { Problem } from "../../api/problem";
import { Button } from "../../ui/Button";
import { Refusal } from "../../ui/states";
import { mayAt, useSession } from "../session/SessionContext";
import { Card } from "../ui/PageHead";
import { TextField } from "../ui/TextField";
import { faultOf, tidied } from "./json";
import { JsonEditor } from "./JsonEditor";
import { correctHeld, retryHeld, type Place } from "./queries";

/** The content, the reason, and two ways on: as it is, or changed. */
export function CorrectionForm({ place, event }: { place: Place; event: HeldDetail }) {
  const { t } = useTranslation("office");
  const session = useSession();
  const client = useQueryClient();
  const [id, setId] = useState(newId);
  const [text, setText] = useState(event.corrections[0]?.body ?? event.body);
  const [reason, setReason] = useState("");
  const refresh = () => {
    for (const key of ["held", "held-event", "nodes", "node-problems", "invariants", "completeness"]) void client.invalidateQueries({ queryKey: [key] });
  };
  const change = (next: string) => {
    setText(next);
    // Another content is another correction.
    setId(newId());
  };
  const correct = useMutation({ mutationFn: () => correctHeld(place, id, text, reason.trim()), onSuccess: refresh });
  const retry = useMutation({ mutationFn: () => retryHeld(place), onSuccess: refresh });
  const mayFix = mayAt(session, "event.fix", event.location_id);
  const isSame = text === (event.corrections[0]?.body ?? event.body);
  const missing = () => {
    if (!mayFix) return t("held.mayNot");
    if (event.body_truncated) return t("held.tooLong");
    if (isSame) return t("held.unchanged");
    if (faultOf(text)) return t("held.broken");
    return reason.trim() === "" ? t("reason.missing") : null;
  };
  return (
    <Card title={t("held.body")}>
      <form
        className="flex flex-col gap-4 px-5 pb-5"
        onSubmit={(submitted) => {
          submitted.preventDefault();
          if (missing() === null && !correct.isPending) correct.mutate();
        }}
      >
        <p className="text-soft">{t("held.bodyHint")}</p>
        <JsonEditor label={t("held.body")} text={text} original={event.body} onChange={change} isReadOnly={!mayFix || event.body_truncated} />
        {mayFix && (
          <div className="flex flex-wrap gap-3">
            <Button onClick={() => change(tidied(text))}>{t("held.tidy")}</Button>
            <Button kind="quiet" onClick={() => change(event.body)}>
              {t("held.reset")}
            </Button>
          </div>
        )}
        <TextField label={t("held.why")} value={reason} onChange={setReason} />
        <Refusal error={correct.error ?? retry.error} />
        <Detail error={correct.error} />
        {(correct.isSuccess || retry.isSuccess) && (
          <p role="status" className="rounded-field bg-pine-wash px-3 py-2.5 font-medium text-pine">
            {t(correct.isSuccess ? "held.saved" : "held.retried")}
          </p>
        )}
        <div className="flex flex-wrap gap-3">
          <Button type="submit" kind="primary" size="large" className="flex-1" disabled={correct.isPending} blocked={missing()}>
            {t("held.save")}
          </Button>
          <Button
            size="large"
            icon={<RotateCcw aria-hidden className="size-5" />}
            disabled={retry.isPending}
            blocked={mayAt(session, "node.retry", event.location_id) ? null : t("held.mayNot")}
            onClick={() => retry.mutate()}
          >
            {t("held.retry")}
          </Button>
        </div>
      </form>
    </Card>
  );
}

/** What exactly the server does not accept: the field and the figures that do not agree. */
function Detail({ error }: { error: unknown }) {
  if (!(error instanceof Problem)) return null;
  const figures = Object.entries(error.figures).filter(([, value]) => typeof value === "string" || typeof value === "number");
  if (figures.length === 0) return null;
  return (
    <dl className="rounded-field bg-paper px-3 py-2 font-mono text-sm">
      {figures.map(([name, value]) => (
        <div key={name} className="flex flex-wrap gap-x-3">
          <dt className="text-faint">{name}</dt>
          <dd className="min-w-0 wrap-anywhere">{String(value)}</dd>
        </div>
      ))}
    </dl>
  );
}
