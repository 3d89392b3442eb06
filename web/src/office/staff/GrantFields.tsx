import { useState } from "react";
import { useTranslation } from "react-i18next";

import { addDays } from "../../format/when";
import { dayOf, startOfDay, zoneHere } from "../../format/zone";
import { useRoleOptions } from "../role/useRoleOptions";
import { mayEverywhere, placesOf, useSession, useZone } from "../session/SessionContext";
import { SelectField } from "../ui/SelectField";
import { placeOf, usePlaceOptions, valueOf } from "../ui/usePlaceOptions";
import type { NewGrant } from "./queries";

/** A role at the first branch of whoever asks; in the whole chain for whoever manages that. */
export function useFirstGrant() {
  const session = useSession();
  const locations = placesOf(session, "staff.manage");
  const first = mayEverywhere(session, "staff.manage") && locations.length > 1 ? undefined : locations[0];
  return useState<NewGrant>({ role_id: "", ...(first && { location_id: first.id }) });
}

/** Which role, where, from when and until when; days are those of the branch. */
export function GrantFields({ grant, onChange }: { grant: NewGrant; onChange: (grant: NewGrant) => void }) {
  const { t } = useTranslation("office");
  const zoneOf = useZone();
  const places = usePlaceOptions("staff.manage");
  const roleOptions = useRoleOptions(t("people.chooseRole"));
  const { role_id, valid_from, valid_until, reason } = grant;
  const zone = (grant.location_id && zoneOf(grant.location_id)) || zoneHere();
  const from = valid_from && dayOf(valid_from, zone);
  // The end is an instant that no longer counts: the day before it is the last one.
  const last = valid_until && dayOf(new Date(Date.parse(valid_until) - 1).toISOString(), zone);
  const put = (place: NewGrant, fromDay: string | undefined, lastDay: string | undefined) => {
    const there = (place.location_id && zoneOf(place.location_id)) || zoneHere();
    const { valid_from: _, valid_until: __, ...others } = place;
    onChange({
      ...others,
      ...(fromDay && { valid_from: startOfDay(fromDay, there) }),
      ...(lastDay && { valid_until: startOfDay(addDays(lastDay, 1), there) }),
    });
  };
  return (
    <>
      <SelectField label={t("people.role")} value={role_id} options={roleOptions} onChange={(chosen) => onChange({ ...grant, role_id: chosen })} />
      <SelectField
        label={t("people.where")}
        value={valueOf(grant)}
        options={places}
        onChange={(chosen) => put({ role_id, ...placeOf(chosen), ...(reason && { reason }) }, from, last)}
      />
      <div>
        <div className="grid gap-3 sm:grid-cols-2">
          <Day label={t("people.fromDay")} value={from} onChange={(day) => put(grant, day, last)} />
          <Day label={t("people.until")} value={last} onChange={(day) => put(grant, from, day)} />
        </div>
        <p className="mt-1 text-sm text-faint">{t("people.untilHint", { zone })}</p>
      </div>
    </>
  );
}

function Day({ label, value, onChange }: { label: string; value: string | undefined; onChange: (day: string | undefined) => void }) {
  return (
    <label className="block min-w-0 font-medium text-soft">
      {label}
      <input
        type="date"
        value={value ?? ""}
        onChange={({ target }) => onChange(target.value || undefined)}
        className="mt-1 min-h-12 w-full rounded-field border border-edge bg-surface px-3 font-normal text-ink"
      />
    </label>
  );
}
