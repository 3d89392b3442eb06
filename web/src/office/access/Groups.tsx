import { Plus } from "lucide-react";
import { useTranslation } from "react-i18next";

import { Button } from "../../ui/Button";
import { useRoleOptions } from "../role/useRoleOptions";
import { SelectField } from "../ui/SelectField";
import { placeOf, usePlaceOptions, valueOf } from "../ui/usePlaceOptions";
import { TextField } from "../ui/TextField";
import type { GroupRole } from "./queries";

/** Which group of the provider has which role here, and where. */
export function Groups({ groups, onChange }: { groups: GroupRole[]; onChange: (groups: GroupRole[]) => void }) {
  const { t } = useTranslation("office");
  const roleOptions = useRoleOptions(t("people.chooseRole"));
  const places = usePlaceOptions("staff.manage");
  const change = (at: number, part: Partial<GroupRole>) => onChange(groups.map((one, here) => (here === at ? { ...one, ...part } : one)));
  return (
    <fieldset className="flex flex-col gap-3 rounded-field border border-line p-3">
      <legend className="px-1 font-medium text-soft">{t("providers.groups")}</legend>
      {groups.map((one, at) => (
        // A row has no name of its own while it is typed.
        // oxlint-disable-next-line react/no-array-index-key
        <div key={at} className="grid items-end gap-3 border-b border-line pb-3 last-of-type:border-0 last-of-type:pb-0 sm:grid-cols-2">
          <TextField label={t("providers.group")} value={one.group} onChange={(group) => change(at, { group })} />
          <SelectField
            label={t("people.role")}
            value={one.role}
            options={roleOptions}
            onChange={(role) => change(at, { role })}
          />
          <SelectField
            label={t("people.where")}
            value={valueOf({ ...(one.location && { location_id: one.location }), ...(one.region && { region_id: one.region }) })}
            options={places}
            onChange={(chosen) => {
              const { location_id, region_id } = placeOf(chosen);
              change(at, { location: location_id ?? null, region: region_id ?? null });
            }}
          />
          <Button kind="quiet" onClick={() => onChange(groups.filter((_, here) => here !== at))}>
            {t("providers.remove")}
          </Button>
        </div>
      ))}
      <Button icon={<Plus aria-hidden className="size-5" />} onClick={() => onChange([...groups, { group: "", role: "" }])}>
        {t("providers.addGroup")}
      </Button>
    </fieldset>
  );
}
