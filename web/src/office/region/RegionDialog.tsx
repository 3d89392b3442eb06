import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Region } from "../../api/cloud";
import { newId } from "../../api/id";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Refusal } from "../../ui/states";
import { useSession } from "../session/SessionContext";
import { TextField } from "../ui/TextField";
import { putRegion, removeRegion } from "./queries";

const LONGEST_CODE = 20;

interface RegionDialogProps {
  region?: Region;
  /** All, so that it is said which one a branch leaves. */
  regions: Region[];
  onClose: () => void;
}

/** What a region is called, and which branches belong to it. */
export function RegionDialog({ region, regions, onClose }: RegionDialogProps) {
  const { t } = useTranslation("office");
  const client = useQueryClient();
  const { locations } = useSession();
  const [id] = useState(() => region?.id ?? newId());
  const [name, setName] = useState(region?.name ?? "");
  const [code, setCode] = useState(region?.code ?? "");
  const [chosen, setChosen] = useState<string[]>(region?.location_ids ?? []);
  const changed = () => {
    // Who reaches what has changed with it.
    for (const key of ["regions", "people", "person", "effective"]) void client.invalidateQueries({ queryKey: [key] });
    onClose();
  };
  const saving = useMutation({
    mutationFn: () => putRegion(id, { name: name.trim(), code: code.trim(), location_ids: chosen }),
    onSuccess: changed,
  });
  const removing = useMutation({ mutationFn: () => removeRegion(id), onSuccess: changed });
  const isBusy = saving.isPending || removing.isPending;
  const missing = () => {
    if (!name.trim()) return t("people.nameMissing");
    return code.trim() && code.trim().length <= LONGEST_CODE ? null : t("regions.codeRule");
  };
  const toggle = (location: string) => setChosen(chosen.includes(location) ? chosen.filter((one) => one !== location) : [...chosen, location]);
  const leaves = (location: string) => regions.find((one) => one.id !== id && one.location_ids.includes(location))?.name;
  return (
    <Dialog title={t(region ? "regions.change" : "regions.new")} description={t("regions.text")} onClose={onClose} isBusy={isBusy}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (missing() === null && !isBusy) saving.mutate();
        }}
      >
        <TextField label={t("regions.name")} value={name} onChange={setName} isFirst />
        <TextField label={t("regions.code")} hint={t("regions.codeRule")} value={code} onChange={setCode} isMono />
        <fieldset className="rounded-field border border-line p-3">
          <legend className="px-1 font-medium text-soft">{t("regions.branches")}</legend>
          {locations.map((location) => {
            const other = leaves(location.id);
            return (
              <label key={location.id} className="flex min-h-12 cursor-pointer items-center gap-3">
                <input type="checkbox" checked={chosen.includes(location.id)} onChange={() => toggle(location.id)} className="size-5 shrink-0 accent-pine" />
                <span>
                  {location.name}
                  {other && <span className="block text-sm text-faint">{t(chosen.includes(location.id) ? "regions.leaves" : "regions.isIn", { name: other })}</span>}
                </span>
              </label>
            );
          })}
        </fieldset>
        <Refusal error={saving.error ?? removing.error} />
        <Button type="submit" kind="primary" size="large" disabled={isBusy} blocked={missing()}>
          {t("people.save")}
        </Button>
        {region && (
          <Button kind="quiet" disabled={isBusy} onClick={() => removing.mutate()} blocked={region.location_ids.length > 0 ? t("regions.notEmpty") : null}>
            {t("regions.remove")}
          </Button>
        )}
      </form>
    </Dialog>
  );
}
