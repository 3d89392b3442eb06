import { useTranslation } from "react-i18next";

/** Why goods came back, in words; a code that this page does not know is shown as it is. */
export function useReason(): (returned: { reason: string; note?: string | null }) => string {
  const { t } = useTranslation("office");
  return ({ reason, note }) => [t(`returns.reason.${reason as "other"}`, { defaultValue: reason }), note].filter(Boolean).join(" · ");
}
