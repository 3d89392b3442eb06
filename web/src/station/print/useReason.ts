import { useCallback } from "react";
import { useTranslation } from "react-i18next";

import type { Print } from "../../api/edge";

const REASONS = ["off", "no_paper", "cover_open", "knife", "fault", "slow", "lost", "interrupted", "no_printer", "gone", "late"] as const;
type Reason = (typeof REASONS)[number];

const isReason = (text: string): text is Reason => (REASONS as readonly string[]).includes(text);

/** Where a print stands, in words: what it is, and what is wrong. */
export function useReason(): (print: Print) => string {
  const { t } = useTranslation("station");
  return useCallback(
    (print) => {
      if (print.reason && isReason(print.reason) && print.state !== "printed") return t(`prints.reason.${print.reason}`);
      return t(`prints.state.${print.state}`);
    },
    [t],
  );
}
