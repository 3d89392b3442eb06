import { Plus } from "lucide-react";
import { useTranslation } from "react-i18next";

import { Button } from "../../ui/Button";
import { useRoleOptions } from "../role/useRoleOptions";
import { SelectField } from "../ui/SelectField";
import { TextField } from "../ui/TextField";
import type { GroupRole } from "./queries";

/** Which group of the provider has which role here, in the whole chain. */
export function Groups({ groups, onChange }: { groups: GroupRole[]; onChange: (groups: GroupRole[]) => void }) {
  const { t } = useTranslation("office");
  const roleOptions = useRoleOptions(t("people.chooseRole"));
  const change = (at: number, part: Partial<GroupRole>) => onChange(groups.map((one, here) => (here === at ? { ...one, ...part } : one)));
  return (
    <fieldset className="flex flex-col gap-3 rounded-field border border-line p-3">
      <legend className="px-1 font-medium text-soft">{t("providers.groups")}</legend>
      {groups.map((one, at) => (
        // A row has no name of its own while it is typed.
        // oxlint-disable-next-line react/no-array-index-key
        <div key={at} className="grid items-end gap-3 sm:grid-cols-[1fr_1fr_auto]">
          <TextField label={t("providers.group")} value={one.group} onChange={(group) => change(at, { group })} />
          <SelectField
            label={t("people.role")}
            value={one.role}
            options={roleOptions}
            onChange={(role) => change(at, { role })}
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
