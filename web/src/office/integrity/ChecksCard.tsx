import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CircleCheck, OctagonAlert } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { Invariants } from "../../api/cloud";
import { formatAgo } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { Button } from "../../ui/Button";
import { Refusal } from "../../ui/states";
import { useNow } from "../../ui/useNow";
import { mayEverywhere, useSession } from "../session/SessionContext";
import { Card } from "../ui/PageHead";
import { checkInvariants, invariants } from "./queries";

/** Each check over the ledgers: how much it looked at, and what it found. */
export function ChecksCard({ figures }: { figures: Invariants }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const now = useNow();
  const client = useQueryClient();
  const session = useSession();
  const check = useMutation({ mutationFn: checkInvariants, onSuccess: (found) => client.setQueryData(invariants.queryKey, found) });
  const number = new Intl.NumberFormat(locale);
  return (
    <Card
      title={t("integrity.checks")}
      action={
        <Button disabled={check.isPending} blocked={mayEverywhere(session, "node.read") ? null : t("integrity.mayNot")} onClick={() => check.mutate()}>
          {t(check.isPending ? "integrity.checking" : "integrity.checkNow")}
        </Button>
      }
    >
      <Refusal error={check.error} className="mx-5" />
      <ul className="divide-y divide-line px-5">
        {figures.audits.map(({ name, checked, wrong, examples }) => {
          const Icon = wrong === 0 ? CircleCheck : OctagonAlert;
          return (
            <li key={name} className="py-2">
              <p className="flex items-center gap-3">
                <Icon aria-hidden className={`size-5 shrink-0 ${wrong === 0 ? "text-pine" : "text-rust"}`} />
                <span className="min-w-0 flex-1">{t(`integrity.check.${name as "claims"}`, { defaultValue: name })}</span>
                <span className={`shrink-0 text-sm ${wrong === 0 ? "text-faint" : "font-semibold text-rust"}`}>
                  {wrong === 0 ? t("integrity.checkOf", { checked: number.format(checked) }) : t("integrity.checkWrong", { wrong: number.format(wrong) })}
                </span>
              </p>
              {examples.length > 0 && (
                <details className="ml-8 text-sm">
                  <summary className="flex min-h-12 cursor-pointer items-center font-medium text-rust">{t("integrity.examples")}</summary>
                  <pre className="overflow-x-auto rounded-field bg-paper p-3">{JSON.stringify(examples, null, 2)}</pre>
                </details>
              )}
            </li>
          );
        })}
      </ul>
      {figures.checked_at && <p className="px-5 pb-4 text-sm text-faint">{t("integrity.checkedAt", { age: formatAgo(figures.checked_at, now, locale) })}</p>}
    </Card>
  );
}
