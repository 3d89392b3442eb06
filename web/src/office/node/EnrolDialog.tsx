import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { formatTime } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Refusal } from "../../ui/states";
import { placesOf, useSession } from "../session/SessionContext";
import { Code } from "./Code";
import { makeCode } from "./queries";

/** A one-time code for the computer of a branch. */
export function EnrolDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const locations = placesOf(useSession(), "node.enrol");
  const [location, setLocation] = useState(locations[0]?.id ?? "");
  const making = useMutation({ mutationFn: () => makeCode(location) });
  const name = locations.find(({ id }) => id === location)?.name ?? "";
  return (
    <Dialog title={t("nodes.enrol")} description={t("nodes.enrolHint")} onClose={onClose}>
      {making.data ? (
        <div className="flex flex-col gap-3">
          <p className="text-center text-soft">{t("nodes.code", { branch: name })}</p>
          <Code code={making.data.code} hint={t("nodes.expires", { time: formatTime(making.data.expires_at, locale) })} />
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
