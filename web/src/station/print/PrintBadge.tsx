import { useQuery } from "@tanstack/react-query";
import { clsx } from "clsx";
import { Printer } from "lucide-react";
import { useTranslation } from "react-i18next";

import { paths, type StationKind } from "../../paths";
import { Go } from "../../ui/Go";
import { prints } from "./queries";

/** What waits for printers; gold when a person should look. */
export function PrintBadge({ kind }: { kind: StationKind }) {
  const { t } = useTranslation("station");
  const queue = useQuery(prints);
  const open = queue.data?.filter(({ state }) => state === "waiting" || state === "printing" || state === "failed") ?? [];
  if (open.length === 0) return null;
  const isTrouble = open.some(({ reason }) => reason !== null);
  return (
    <Go
      href={paths.prints(kind)}
      aria-label={t(isTrouble ? "prints.badgeTrouble" : "prints.badge", { count: open.length })}
      className={clsx(
        "flex min-h-12 min-w-12 items-center justify-center gap-2 rounded-field px-3 font-semibold",
        isTrouble ? "bg-gold text-night hover:brightness-95" : "hover:bg-night-raised",
      )}
    >
      <Printer aria-hidden className="size-5" />
      {open.length}
    </Go>
  );
}
