import { clsx } from "clsx";
import { useId, useRef } from "react";
import { useTranslation } from "react-i18next";

import { formatQuantity } from "../../format/quantity";
import { useLocale } from "../../i18n/useLocale";
import type { Weighed } from "./ticket";

interface ContainerChoiceProps {
  offered: Weighed[];
  chosen: Weighed | null;
  onFocus: () => void;
  onChoose: (container: Weighed | null) => void;
  /** A finger has chosen, or Enter: on to how many. */
  onEnter: (container: Weighed | null) => void;
}

/** What the goods are weighed in. Arrow keys choose, Enter goes on; a finger does both at once. */
export function ContainerChoice({ offered, chosen, onFocus, onChoose, onEnter }: ContainerChoiceProps) {
  const { t } = useTranslation("station");
  const locale = useLocale();
  const name = useId();
  const byFinger = useRef(false);
  return (
    <fieldset className="min-w-0">
      <legend className="mb-1 font-medium text-soft">{t("buy.container")}</legend>
      <div className="-m-1 flex max-h-44 flex-wrap gap-2 overflow-y-auto p-1">
        {[...offered, null].map((one) => {
          const isChosen = one?.id === chosen?.id;
          return (
            <label
              key={one?.id ?? ""}
              onPointerDown={() => {
                byFinger.current = true;
              }}
              className={clsx(
                "flex min-h-12 cursor-pointer items-center gap-2 rounded-field border-2 px-3 has-focus-visible:ring-2 has-focus-visible:ring-pine-line",
                isChosen ? "border-pine bg-pine-wash font-semibold" : "border-edge bg-surface",
              )}
            >
              <input
                type="radio"
                name={name}
                checked={isChosen}
                onFocus={onFocus}
                onChange={() => onChoose(one)}
                // Arrow keys click too, without a finger: the focus stays with them.
                onClick={() => {
                  if (byFinger.current) onEnter(one);
                }}
                onKeyDown={(event) => {
                  byFinger.current = false;
                  if (event.key !== "Enter") return;
                  event.preventDefault();
                  event.stopPropagation();
                  onEnter(one);
                }}
                className="size-4 shrink-0 accent-pine"
              />
              <span className="wrap-anywhere">{one?.name ?? t("buy.noContainer")}</span>
              {one && <span className="shrink-0 font-normal text-soft">{formatQuantity(one.tare, "gram", locale)}</span>}
            </label>
          );
        })}
      </div>
    </fieldset>
  );
}
