import { UserCheck } from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import { formatQuantity } from "../../format/quantity";
import { useLocale } from "../../i18n/useLocale";
import { Button } from "../../ui/Button";
import { useNoScan } from "./FoundStep";
import type { Question } from "./shortage";

/** The unit may be promised online: only a person who answers for it may sell it. */
export function DecisionStep({ question, onAsk }: { question: Question; onAsk: () => void }) {
  const { t } = useTranslation("station");
  const locale = useLocale();
  const button = useRef<HTMLButtonElement>(null);
  useNoScan();
  useEffect(() => button.current?.focus(), []);
  const { counted, shortage } = question;
  return (
    <div className="flex flex-col gap-4">
      <p className="text-lg text-balance">
        {counted === null
          ? t("shortage.override.lead")
          : t("shortage.override.counted", { counted: formatQuantity(counted, shortage.unit, locale) })}
      </p>
      <Button ref={button} kind="primary" size="huge" icon={<UserCheck aria-hidden className="size-6" />} onClick={onAsk}>
        {t("shortage.override.choose")}
      </Button>
    </div>
  );
}
