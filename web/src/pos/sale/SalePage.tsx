import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { Undo2 } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { Receipt } from "../../api/edge";
import { useMoney } from "../../format/CurrencyContext";
import { formatInstant } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { PrintButton } from "../../station/print/PrintButton";
import { BackLink } from "../../station/RecentList";
import { may, useStation } from "../../station/StationContext";
import { Button } from "../../ui/Button";
import { useGo } from "../../ui/Go";
import { ReceiptPaper } from "../../ui/ReceiptPaper";
import { Failure, Skeleton } from "../../ui/states";
import { returnsOf } from "../returns/queries";
import { saleById } from "./queries";

/** A receipt again, as it was. */
export function SalePage() {
  const { t } = useTranslation("station");
  const { edge } = useStation();
  const { id = "" } = useParams({ strict: false }) as { id?: string };
  const sale = useQuery(saleById(id));
  return (
    <div className="mx-auto w-full max-w-3xl p-4 sm:p-6">
      <BackLink href={paths.pos.sales()} label={t("recent.sales")} />
      {sale.isPending && <Skeleton />}
      {sale.error && <Failure error={sale.error} onRetry={() => void sale.refetch()} />}
      {sale.data && (
        <div className="mt-3 flex flex-col items-center gap-5">
          <h1 className="sr-only">{t("receiptNumber", { ns: "common", number: sale.data.receipt_number })}</h1>
          <ReceiptPaper receipt={sale.data} timeZone={edge.location.time_zone} />
          <Returned sale={sale.data} />
          <div className="flex flex-wrap justify-center gap-3">
            <PrintButton what="sale" id={sale.data.id} label={t("done.print")} />
            <ReturnButton sale={sale.data} />
          </div>
        </div>
      )}
    </div>
  );
}

/** Something of it comes back. */
function ReturnButton({ sale }: { sale: Receipt }) {
  const { t } = useTranslation("station");
  const { session } = useStation();
  const go = useGo();
  return (
    <Button
      size="large"
      blocked={may(session, "sale.create") ? null : t("returns.mayNot")}
      icon={<Undo2 aria-hidden className="size-5" />}
      onClick={() => go(paths.pos.returns(sale.receipt_number))}
    >
      {t("returns.begin")}
    </Button>
  );
}

/** What has come back of it already. */
function Returned({ sale }: { sale: Receipt }) {
  const { t } = useTranslation("station");
  const { edge } = useStation();
  const money = useMoney();
  const locale = useLocale();
  const returns = useQuery(returnsOf(sale.id));
  if (!returns.data || returns.data.items.length === 0) return null;
  return (
    <section aria-label={t("returns.list")} className="w-full max-w-88 rounded-card border border-amber-line bg-amber-wash/40 p-4">
      <h2 className="font-semibold">{t("returns.list")}</h2>
      <ul className="mt-2 flex flex-col gap-1">
        {returns.data.items.map(({ id, receipt_number, returned_at, total_minor }) => (
          <li key={id} className="flex justify-between gap-3">
            <span>
              {receipt_number} · {formatInstant(returned_at, locale, edge.location.time_zone)}
            </span>
            <span className="font-semibold">{money.amount(-total_minor)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
