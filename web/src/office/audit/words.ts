import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";

import type { AuditEntry } from "../../api/cloud";

/** What was done, in words; its code when this page is older than the server. */
export function useAct(): (action: string) => string {
  const { t } = useTranslation("office");
  return (action) => t(`audit.act.${action.replace(".", "_") as "role_changed"}`, { defaultValue: action });
}

/** What is odd about an act, in words. */
export function useFlag(): (flag: string) => string {
  const { t } = useTranslation("office");
  return (flag) => t(`audit.flag.${flag as "dismissed"}`, { defaultValue: flag });
}

const KINDS = ["service", "node", "channel", "customer", "token", "staff"] as const;

/** Who did it: a name, or what kind of actor it was. */
export function nameOfActor({ actor, actor_name }: Pick<AuditEntry, "actor" | "actor_name">, t: TFunction<"office">): string {
  const kind = KINDS.find((one) => actor.startsWith(`${one}:`));
  if (!actor_name) return kind ? t(`audit.actor.${kind}`) : actor;
  return kind === "token" ? t("audit.byToken", { name: actor_name }) : actor_name;
}
