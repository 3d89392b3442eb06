import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import type { StaffTile } from "../../api/edge";
import { staffTiles } from "../../station/queries";
import { PersonChoice } from "../../station/signin/PersonChoice";
import { Failure, Skeleton } from "../../ui/states";

interface SupervisorsProps {
  /** Whether somebody may be asked at all. */
  mayBeAsked: (tile: StaffTile) => boolean;
  person: string | null;
  onChoose: (id: string) => void;
}

/** Who may decide here, one tap each; the only one is chosen already. */
export function Supervisors({ mayBeAsked, person, onChoose }: SupervisorsProps) {
  const { t } = useTranslation("station");
  const staff = useQuery(staffTiles);
  const people = (staff.data ?? []).filter(mayBeAsked);
  const only = people.length === 1 ? people[0]?.id : undefined;
  useEffect(() => {
    if (only) onChoose(only);
  }, [only, onChoose]);
  const first = useRef<HTMLFieldSetElement>(null);
  const hasPeople = people.length > 0;
  useEffect(() => {
    if (hasPeople) first.current?.querySelector("input")?.focus();
  }, [hasPeople]);
  return (
    <fieldset ref={first}>
      <legend className="mb-2 font-semibold">{t("shortage.override.who")}</legend>
      {staff.isPending && <Skeleton rows={2} className="h-16" />}
      {staff.error && <Failure error={staff.error} onRetry={() => void staff.refetch()} />}
      {staff.isSuccess && people.length === 0 && <p className="rounded-field bg-amber-wash px-3 py-2.5 text-amber">{t("shortage.override.nobody")}</p>}
      <div className="flex max-h-56 flex-col gap-2 overflow-y-auto">
        {people.map((tile) => (
          <PersonChoice key={tile.id} tile={tile} group="supervisor" isChosen={person === tile.id} onChoose={() => onChoose(tile.id)} className="min-h-16 gap-3 px-3" />
        ))}
      </div>
    </fieldset>
  );
}
