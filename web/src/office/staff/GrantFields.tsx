import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useRoleOptions } from "../role/useRoleOptions";
import { useSession } from "../session/SessionContext";
import { SelectField } from "../ui/SelectField";
import { regions, type NewGrant, type Place } from "./queries";

const CHAIN = "chain";

const placeOf = (value: string): Place => {
  const [kind, id] = value.split(":");
  if (kind === "location" && id) return { location_id: id };
  return kind === "region" && id ? { region_id: id } : {};
};

const valueOf = ({ location_id, region_id }: Place): string => {
  if (location_id) return `location:${location_id}`;
  return region_id ? `region:${region_id}` : CHAIN;
};

/** A role at the only branch of whoever asks; else nothing is chosen for them. */
export function useFirstGrant() {
  const { locations } = useSession();
  const only = locations.length === 1 ? locations[0] : undefined;
  return useState<NewGrant>({ role_id: "", ...(only && { location_id: only.id }) });
}

/** Which role, where, until when. */
export function GrantFields({ grant, onChange }: { grant: NewGrant; onChange: (grant: NewGrant) => void }) {
  const { t } = useTranslation("office");
  const { locations } = useSession();
  const roleOptions = useRoleOptions(t("people.chooseRole"));
  const known = useQuery(regions);
  const { role_id, valid_until, reason } = grant;
  const rest = { ...(valid_until && { valid_until }), ...(reason && { reason }) };
  return (
    <>
      <SelectField
        label={t("people.role")}
        value={role_id}
        options={roleOptions}
        onChange={(chosen) => onChange({ ...grant, role_id: chosen })}
      />
      <SelectField
        label={t("people.where")}
        value={valueOf(grant)}
        options={[
          [CHAIN, t("people.wholeChain")],
          ...(known.data ?? []).map((one): [string, string] => [`region:${one.id}`, t("people.region", { name: one.name })]),
          ...locations.map((one): [string, string] => [`location:${one.id}`, one.name]),
        ]}
        onChange={(chosen) => onChange({ role_id, ...placeOf(chosen), ...rest })}
      />
      <div>
        <label className="mb-1 block font-medium text-soft">
          {t("people.until")}
          <input
            type="date"
            value={valid_until?.slice(0, 10) ?? ""}
            onChange={({ target }) => {
              const { valid_until: _, ...others } = grant;
              onChange(target.value ? { ...others, valid_until: `${target.value}T23:59:59Z` } : others);
            }}
            className="mt-1 min-h-12 w-full rounded-field border border-edge bg-surface px-3 font-normal text-ink"
          />
        </label>
        <p className="mt-1 text-sm text-faint">{t("people.untilHint")}</p>
      </div>
    </>
  );
}
