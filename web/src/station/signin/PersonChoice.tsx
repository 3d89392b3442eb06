import { clsx } from "clsx";

import type { StaffTile } from "../../api/edge";
import { Initials } from "./Initials";

interface PersonChoiceProps {
  tile: StaffTile;
  /** Of the radio buttons that belong together. */
  group: string;
  isChosen: boolean;
  onChoose: () => void;
  className: string;
}

/** One of several people, one tap. */
export function PersonChoice({ tile: { id, name, initials }, group, isChosen, onChoose, className }: PersonChoiceProps) {
  return (
    <label
      className={clsx(
        "flex cursor-pointer items-center rounded-field border border-line bg-surface font-semibold has-checked:border-pine has-checked:bg-pine-wash has-focus-visible:outline-3 has-focus-visible:outline-pine",
        className,
      )}
    >
      <input type="radio" name={group} className="sr-only" checked={isChosen} onChange={onChoose} />
      <span className="scale-75">
        <Initials id={id} text={initials} />
      </span>
      {name}
    </label>
  );
}
