import { Check } from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import type { Receipt, SaleReturn } from "../../api/edge";
import { useMoney } from "../../format/CurrencyContext";
import { paths } from "../../paths";
import { PrintButton } from "../../station/print/PrintButton";
import { useStation } from "../../station/StationContext";
import { Button } from "../../ui/Button";
import { useGo } from "../../ui/Go";
import { ReturnPaper } from "./ReturnPaper";

interface ReturnDoneProps {
  returned: SaleReturn;
  receipt: Receipt;
  hasMore: boolean;
  onMore: () => void;
}

/** What goes back over the counter, large enough to read across it. */
export function ReturnDone({ returned, receipt, hasMore, onMore }: ReturnDoneProps) {
  const { t } = useTranslation(["station", "common"]);
  const { edge } = useStation();
  const money = useMoney();
  const go = useGo();
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => button.current?.focus(), []);
  return (
    <div className="mt-3 grid gap-6 lg:grid-cols-[1fr_27rem]">
      <section className="flex flex-col items-center gap-4 text-center" aria-labelledby="returned-title">
        <h1 id="returned-title" className="flex items-center gap-2 text-2xl font-semibold text-pine">
          <Check aria-hidden className="size-8" />
          {t("returns.done")}
        </h1>
        <div role="status" className="flex w-full max-w-md flex-col gap-2">
          {returned.tenders.length === 0 && <p className="py-4 text-3xl font-bold text-soft">{t("returns.nothing")}</p>}
          {returned.tenders.map(({ kind, amount_minor }) => (
            <p key={kind} className="leading-tight">
              <span className="block text-2xl text-soft">{t(`tender.${kind}`, { ns: "common" })}</span>
              <span className="block text-[clamp(3rem,8vw,6rem)] font-bold tracking-tight">{money.amount(amount_minor)}</span>
            </p>
          ))}
        </div>
        <div className="flex w-full max-w-md flex-col gap-3">
          <Button ref={button} kind="primary" size="huge" onClick={() => go(paths.pos.till())}>
            {t("done.next")}
          </Button>
          <PrintButton what="return" id={returned.id} label={t("returns.print")} />
          {hasMore && (
            <Button kind="quiet" onClick={onMore}>
              {t("returns.more_of")}
            </Button>
          )}
        </div>
      </section>
      <ReturnPaper returned={returned} location={receipt.location} timeZone={edge.location.time_zone} />
    </div>
  );
}
