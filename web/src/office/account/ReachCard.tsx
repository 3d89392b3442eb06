import { useTranslation } from "react-i18next";

import { useSession } from "../session/SessionContext";
import { Card } from "../ui/PageHead";
import { usePermissionName } from "../ui/usePermissionName";

/** What one may do and where, as the office believes it now. */
export function ReachCard() {
  const { t } = useTranslation("office");
  const name = usePermissionName();
  const { reach, locations } = useSession();
  const nameOf = (id: string) => locations.find((one) => one.id === id)?.name ?? id;
  return (
    <Card title={t("account.reach")}>
      <div className="flex flex-col gap-4 px-5 pb-5">
        {reach.length === 0 && <p className="text-soft">{t("may.none")}</p>}
        {reach.map(({ permissions, everywhere, location_ids }) => (
          <div key={permissions.join(" ")}>
            <h3 className="font-semibold">{everywhere ? t("people.wholeChain") : location_ids.map(nameOf).join(", ")}</h3>
            <ul className="mt-1 grid gap-x-4 gap-y-1 text-sm text-soft sm:grid-cols-2">
              {permissions.map((code) => (
                <li key={code}>{name(code)}</li>
              ))}
            </ul>
          </div>
        ))}
      </div>
    </Card>
  );
}
