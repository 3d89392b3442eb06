import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CirclePlay, CircleStop } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Refusal } from "../../ui/states";
import { TextField } from "../ui/TextField";
import type { PromotionDetail } from "./contract";
import { readAgain, startPromotion, stopPromotion } from "./queries";

interface StartStopProps {
  promotion: PromotionDetail | undefined;
  name: string;
  isChanged: boolean;
}

/** Starts the version that is saved, and stops what runs. */
export function StartStop({ promotion, name, isChanged }: StartStopProps) {
  const { t } = useTranslation("office");
  const [asks, setAsks] = useState<"start" | "stop" | null>(null);
  const running = promotion?.running_version ?? null;
  const isNewest = promotion !== undefined && running === promotion.version;
  const blocked = () => {
    if (!promotion || isChanged) return t("promotion.start.first");
    return isNewest ? t("promotion.start.isRunning") : null;
  };
  return (
    <>
      {!(isNewest && !isChanged) && (
        <Button kind={isChanged ? "plain" : "primary"} size="large" icon={<CirclePlay aria-hidden className="size-5" />} blocked={blocked()} onClick={() => setAsks("start")}>
          {running === null || !promotion ? t("promotion.start.start") : t("promotion.start.startVersion", { version: promotion.version })}
        </Button>
      )}
      {running !== null && (
        <Button kind="danger" size="large" icon={<CircleStop aria-hidden className="size-5" />} onClick={() => setAsks("stop")}>
          {t("promotion.stop.stop")}
        </Button>
      )}
      {asks === "start" && promotion && <StartDialog promotion={promotion} name={name} onClose={() => setAsks(null)} />}
      {asks === "stop" && promotion && <StopDialog promotion={promotion} name={name} onClose={() => setAsks(null)} />}
    </>
  );
}

interface AskProps {
  promotion: PromotionDetail;
  name: string;
  onClose: () => void;
}

const hasDates = ({ draft }: PromotionDetail) => (draft.when ?? []).some((one) => typeof one === "object" && one !== null && "dates" in one);

function StartDialog({ promotion, name, onClose }: AskProps) {
  const { t } = useTranslation("office");
  const client = useQueryClient();
  const starting = useMutation({
    mutationFn: () => startPromotion(promotion.id, promotion.version),
    onSuccess: onClose,
    onSettled: () => readAgain(client),
  });
  return (
    <Dialog title={t("promotion.start.title", { name })} description={t(hasDates(promotion) ? "promotion.start.later" : "promotion.start.now")} onClose={onClose} isBusy={starting.isPending}>
      <div className="flex flex-col gap-4">
        <Refusal error={starting.error} />
        <Button kind="primary" size="large" disabled={starting.isPending} onClick={() => starting.mutate()}>
          {t("promotion.start.ask")}
        </Button>
      </div>
    </Dialog>
  );
}

function StopDialog({ promotion, name, onClose }: AskProps) {
  const { t } = useTranslation("office");
  const client = useQueryClient();
  const [reason, setReason] = useState("");
  const stopping = useMutation({
    mutationFn: () => stopPromotion(promotion.id, reason.trim()),
    onSuccess: onClose,
    onSettled: () => readAgain(client),
  });
  return (
    <Dialog title={t("promotion.stop.title", { name })} description={t("promotion.stop.hint")} onClose={onClose} isBusy={stopping.isPending}>
      <div className="flex flex-col gap-4">
        <TextField label={t("promotion.stop.reason")} value={reason} onChange={setReason} isFirst />
        <Refusal error={stopping.error} />
        <Button kind="danger" size="large" disabled={stopping.isPending} blocked={reason.trim() ? null : t("reason.missing")} onClick={() => stopping.mutate()}>
          {t("promotion.stop.ask")}
        </Button>
      </div>
    </Dialog>
  );
}
