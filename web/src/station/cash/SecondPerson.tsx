import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";

import type { SecondWord, StaffTile } from "../../api/edge";
import { Failure, Skeleton } from "../../ui/states";
import { Field } from "../print/Field";
import { staffTiles } from "../queries";
import { PersonChoice } from "../signin/PersonChoice";
import { useStation } from "../StationContext";

interface SecondPersonProps {
  word: SecondWord;
  onChange: (word: SecondWord) => void;
  onEnter: () => void;
  /** Who is offered; else whoever sees counts. */
  mayBeAsked?: (tile: StaffTile) => boolean;
  hint?: string;
  /** It has just been asked for: the PIN comes next. */
  isNews?: boolean;
}

const seesCounts = ({ may_approve = true }: StaffTile) => may_approve;

const LONGEST_PIN = 8;

/** A second person says so too: who, and their PIN. Nobody is signed in by it. */
export function SecondPerson({ word, onChange, onEnter, mayBeAsked = seesCounts, hint, isNews = false }: SecondPersonProps) {
  const { t } = useTranslation("station");
  const { session } = useStation();
  const staff = useQuery(staffTiles);
  const people = (staff.data ?? []).filter((tile) => mayBeAsked(tile) && tile.id !== session.staff.id);
  const only = people.length === 1 ? people[0]?.id : undefined;
  useEffect(() => {
    if (only && word.staff_id === "") onChange({ ...word, staff_id: only });
  }, [only, word, onChange]);
  return (
    <fieldset className="flex flex-col gap-3 rounded-card border border-amber-line bg-amber-wash/40 p-4">
      <legend className="px-1 font-semibold">{t("cash.second.title")}</legend>
      <p className="text-soft">{hint ?? t("cash.second.hint")}</p>
      {staff.isPending && <Skeleton rows={1} className="h-16" />}
      {staff.error && <Failure error={staff.error} onRetry={() => void staff.refetch()} />}
      {staff.isSuccess && people.length === 0 && <p className="font-medium text-amber">{t("cash.second.nobody")}</p>}
      <div className="flex max-h-48 flex-wrap gap-2 overflow-y-auto">
        {people.map((tile) => (
          <PersonChoice key={tile.id} tile={tile} group="second-person" isChosen={word.staff_id === tile.id} onChoose={() => onChange({ ...word, staff_id: tile.id })} className="min-h-14 flex-1 gap-2 pr-4" />
        ))}
      </div>
      <Field
        label={t("cash.second.pin")}
        autoFocus={isNews}
        type="password"
        inputMode="numeric"
        maxLength={LONGEST_PIN}
        value={word.pin}
        onChange={(event) => /^\d*$/.test(event.target.value) && onChange({ ...word, pin: event.target.value })}
        onKeyDown={(event) => event.key === "Enter" && onEnter()}
      />
    </fieldset>
  );
}

/** Nobody has said anything yet. */
export const noWord: SecondWord = { staff_id: "", pin: "" };

export const isSaid = (word: SecondWord) => word.staff_id !== "" && word.pin.length >= 4;
