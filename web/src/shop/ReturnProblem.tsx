import { useTranslation } from "react-i18next";

import { Problem } from "../api/problem";
import { Refused, Refusal } from "../ui/states";

/** What is told to customers in other words than to staff: they have no administrator, and no password. */
const OWN = ["unreachable", "answer", "not_allowed"] as const;

/** Why a provider has sent somebody back without signing them in. */
export function ReturnProblem({ code }: { code: string | undefined }) {
  const { t } = useTranslation("shop");
  if (!code) return null;
  const own = OWN.find((known) => code === `provider.${known}`);
  if (own) return <Refused>{t(`provider.${own}`)}</Refused>;
  // The address says nothing of how long to wait.
  if (code === "session.locked") return <Refused>{t("provider.locked")}</Refused>;
  return <Refusal error={new Problem(code, 401, t("provider.failed"))} />;
}
