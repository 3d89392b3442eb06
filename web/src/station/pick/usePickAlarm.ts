import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import type { Session } from "../../api/edge";
import { beepNew } from "../beep";
import { may, type Notice } from "../StationContext";
import { isToPick, picks } from "./queries";

/** How many orders wait to be picked; a new one rings and says so. */
export function usePickAlarm(session: Session | null, notify: (notice: Notice | null) => void): number {
  const { t } = useTranslation("station");
  const isPicker = session !== null && session.shift !== null && may(session, "order.pick");
  const list = useQuery({ ...picks, enabled: isPicker });
  const known = useRef<Set<string> | null>(null);
  useEffect(() => {
    if (!list.data) return;
    const open = list.data.filter(isToPick).map(({ order_id }) => order_id);
    const fresh = open.filter((id) => known.current && !known.current.has(id));
    known.current = new Set(open);
    if (fresh.length === 0) return;
    beepNew();
    notify({ tone: "note", text: t("picks.new", { count: fresh.length }) });
  }, [list.data, notify, t]);
  return isPicker ? (list.data ?? []).filter(isToPick).length : 0;
}
