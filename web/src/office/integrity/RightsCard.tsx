import { CircleCheck } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { Invariants } from "../../api/cloud";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { Go } from "../../ui/Go";
import { useSession } from "../session/SessionContext";
import { Card } from "../ui/PageHead";

/** What the branch says that the office may claim is what the office has: free, in transit and promised. */
export function RightsCard({ rights }: { rights: Invariants["rights"] }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const { locations } = useSession();
  const number = new Intl.NumberFormat(locale);
  return (
    <Card title={t("integrity.rights")}>
      <div className="px-5 pb-5">
        {rights.wrong === 0 ? (
          <p className="flex items-center gap-2 text-pine">
            <CircleCheck aria-hidden className="size-5 shrink-0" />
            {t("integrity.rightsOk", { count: rights.checked })}
          </p>
        ) : (
          <>
            <p className="font-semibold text-rust">{t("integrity.rightsWrong", { wrong: number.format(rights.wrong), checked: number.format(rights.checked) })}</p>
            <ul className="mt-2 divide-y divide-line">
              {rights.items.map((item) => (
                <li key={`${item.location_id}/${item.variant_id}`} className="py-2">
                  <Go href={paths.office.stockOf(item.variant_id)} className="inline-flex min-h-12 items-center font-semibold text-pine underline">
                    {item.name}
                  </Go>{" "}
                  <span className="text-soft">{locations.find(({ id }) => id === item.location_id)?.name}</span>
                  <span className="block text-sm text-soft">
                    {t("integrity.rightsRow", {
                      claims: number.format(item.claim_bound),
                      available: number.format(item.available),
                      granting: number.format(item.granting),
                      promised: number.format(item.promised),
                    })}
                  </span>
                </li>
              ))}
            </ul>
          </>
        )}
      </div>
    </Card>
  );
}
