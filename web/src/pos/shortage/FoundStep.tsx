import { useQueryClient } from "@tanstack/react-query";
import { Hand } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import type { Shortage } from "../../api/edge";
import { formatQuantity } from "../../format/quantity";
import { useLocale } from "../../i18n/useLocale";
import { beepError } from "../../station/beep";
import { byBarcode } from "../../station/queries";
import { useScan } from "../../station/StationContext";
import { Button } from "../../ui/Button";

/** Nobody else can own the unit: one tap, Enter, or one more scan of it. */
export function FoundStep({ shortage, isBusy, onFound }: { shortage: Shortage; isBusy: boolean; onFound: () => void }) {
  const { t } = useTranslation("station");
  const locale = useLocale();
  const button = useRef<HTMLButtonElement>(null);
  const isOther = useItemScan(shortage, onFound);
  useEffect(() => button.current?.focus(), []);
  const rights = formatQuantity(shortage.rights, shortage.unit, locale);
  return (
    <div className="flex flex-col gap-4">
      <p className="text-lg text-balance">{shortage.rights > 0 ? t("shortage.found.few", { rights }) : t("shortage.found.none")}</p>
      <Button ref={button} kind="primary" size="huge" disabled={isBusy} icon={<Hand aria-hidden className="size-6" />} onClick={onFound}>
        {t("shortage.found.button", { count: shortage.unit === "piece" ? shortage.needed - shortage.rights : 1 })}
      </Button>
      <p role="status" className={isOther ? "font-medium text-amber" : "text-center text-sm text-faint"}>
        {t(isOther ? "shortage.otherScan" : "shortage.found.scanHint")}
      </p>
    </div>
  );
}

/** Scanning the item again says that it is there; anything else stays out of the basket while the question stands. */
export function useItemScan(shortage: Shortage, onItem: () => void): boolean {
  const client = useQueryClient();
  const [isOther, setOther] = useState(false);
  useScan((code) => {
    const refuse = () => {
      beepError();
      setOther(true);
    };
    void client.fetchQuery(byBarcode(code)).then(({ variant }) => {
      if (variant.id !== shortage.variant_id) refuse();
      else {
        setOther(false);
        onItem();
      }
    }, refuse);
  });
  return isOther;
}

/** Nothing is scanned into the basket while a person decides. */
export function useNoScan(): void {
  useScan(beepError);
}
