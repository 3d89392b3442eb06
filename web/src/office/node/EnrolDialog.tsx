import { useMutation } from "@tanstack/react-query";
import { Copy } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { formatTime } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Refusal } from "../../ui/states";
import { useSession } from "../session/SessionContext";
import { makeCode } from "./queries";

/** A one-time code for the computer of a branch. */
export function EnrolDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const { locations } = useSession();
  const [location, setLocation] = useState(locations[0]?.id ?? "");
  const [isCopied, setCopied] = useState(false);
  const making = useMutation({ mutationFn: () => makeCode(location) });
  const name = locations.find(({ id }) => id === location)?.name ?? "";
  const copy = (code: string) => {
    void navigator.clipboard?.writeText(code).then(() => setCopied(true));
  };
  return (
    <Dialog title={t("nodes.enrol")} description={t("nodes.enrolHint")} onClose={onClose}>
      {making.data ? (
        <div className="flex flex-col items-center gap-3 text-center">
          <p className="text-soft">{t("nodes.code", { branch: name })}</p>
          <output className="rounded-field bg-night px-5 py-4 font-mono text-3xl font-bold tracking-wider text-night-ink wrap-anywhere">
            {making.data.code}
          </output>
          <p className="text-soft">{t("nodes.expires", { time: formatTime(making.data.expires_at, locale) })}</p>
          <Button icon={<Copy aria-hidden className="size-5" />} onClick={() => copy(making.data.code)}>
            {t(isCopied ? "nodes.copied" : "nodes.copy")}
          </Button>
        </div>
      ) : (
        <div className="flex flex-col gap-4">
          <label className="font-medium text-soft">
            {t("branch.label")}
            <select
              value={location}
              onChange={(event) => setLocation(event.target.value)}
              className="mt-1 min-h-12 w-full rounded-field border border-edge bg-surface px-3 text-ink"
            >
              {locations.map(({ id, name: branch }) => (
                <option key={id} value={id}>
                  {branch}
                </option>
              ))}
            </select>
          </label>
          <Refusal error={making.error} />
          <Button kind="primary" size="large" disabled={making.isPending || !location} onClick={() => making.mutate()}>
            {t("nodes.makeCode")}
          </Button>
        </div>
      )}
    </Dialog>
  );
}
