import { UserX } from "lucide-react";
import { useTranslation } from "react-i18next";

import { paths, type StationKind } from "../paths";
import { Button } from "../ui/Button";
import { useGo } from "../ui/Go";
import { Empty } from "../ui/states";
import { useStation } from "./StationContext";
import { useSignOut } from "./useSignOut";

/** Signed in, but not for this work. */
export function NoPermissionPage({ kind }: { kind: StationKind }) {
  const { t } = useTranslation("station");
  const { session } = useStation();
  const signOut = useSignOut();
  const go = useGo();
  const name = session.staff.name;
  return (
    <div className="m-auto">
      <Empty
        icon={<UserX aria-hidden className="size-7" />}
        title={t(kind === "pos" ? "signIn.notForSelling" : "signIn.notForBuying", { name })}
      >
        <div className="mt-4 flex flex-wrap justify-center gap-3">
          <Button kind="primary" onClick={() => signOut()}>
            {t("signIn.otherPerson")}
          </Button>
          <Button onClick={() => go(kind === "pos" ? paths.buy.station() : paths.pos.till())}>
            {t(kind === "pos" ? "header.toBuying" : "header.toTill")}
          </Button>
        </div>
      </Empty>
    </div>
  );
}
