import { useCallback } from "react";
import { useTranslation } from "react-i18next";

/** What a permission is called; its code when this page is older than the server. */
export function usePermissionName(): (code: string) => string {
  const { t } = useTranslation("office");
  return useCallback((code: string) => t(`permission.${code.replace(".", "_") as "sale_create"}`, { defaultValue: code }), [t]);
}
