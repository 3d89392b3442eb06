import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { EdgeInfo, StaffTile } from "../../api/edge";
import type { StationKind } from "../../paths";
import { Empty, Failure, Skeleton } from "../../ui/states";
import { staffTiles } from "../queries";
import { Initials } from "./Initials";
import { PinPad } from "./PinPad";

/** Choose yourself, then your PIN. */
export function SignInPage({ kind, register }: { kind: StationKind; register: EdgeInfo["registers"][number] }) {
  const { t } = useTranslation("station");
  const [chosen, setChosen] = useState<StaffTile | null>(null);
  const staff = useQuery(staffTiles);
  if (chosen) return <PinPad staff={chosen} register={register} onBack={() => setChosen(null)} />;
  return (
    <div className="m-auto w-full max-w-4xl p-5 sm:p-8">
      <p className="text-lg text-soft">
        {t(kind === "pos" ? "till" : "buying")} · {register.name}
      </p>
      <h1 className="mb-6 text-3xl font-semibold">{t("signIn.who")}</h1>
      {staff.isPending && <Skeleton className="h-28" rows={3} />}
      {staff.error && <Failure error={staff.error} onRetry={() => void staff.refetch()} />}
      {staff.data?.length === 0 && <Empty title={t("signIn.none")} />}
      <ul className="grid grid-cols-2 gap-3 sm:grid-cols-3 sm:gap-4 lg:grid-cols-4">
        {staff.data?.map((person) => (
          <li key={person.id}>
            <button
              type="button"
              onClick={() => setChosen(person)}
              className="flex h-full min-h-36 w-full flex-col items-center justify-center gap-2 rounded-card border border-line bg-surface p-4 shadow-card hover:border-pine active:bg-pine-wash"
            >
              <Initials id={person.id} text={person.initials} />
              <span className="text-center text-lg leading-tight font-semibold">{person.name}</span>
              <span className="text-center text-sm text-soft">
                {person.roles
                  .map((role) => t(`signIn.role.${role as "cashier"}`, { defaultValue: role }))
                  .join(" · ")}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
