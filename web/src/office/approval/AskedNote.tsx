import { UserCheck } from "lucide-react";
import { useTranslation } from "react-i18next";

import { paths } from "../../paths";
import { Go } from "../../ui/Go";

/** It was not done, but asked: a second person has to allow it. */
export function AskedNote({ className = "" }: { className?: string }) {
  const { t } = useTranslation("office");
  return (
    <div role="status" className={`rounded-field bg-amber-wash px-3 py-2.5 text-amber ${className}`}>
      <p className="flex items-start gap-2 font-medium">
        <UserCheck aria-hidden className="mt-0.5 size-5 shrink-0" />
        {t("approvals.asked")}
      </p>
      <Go href={paths.office.approvals({ state: "open" })} className="inline-flex min-h-12 items-center font-semibold underline">
        {t("approvals.look")}
      </Go>
    </div>
  );
}
