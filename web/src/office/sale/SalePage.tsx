import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { Printer } from "lucide-react";
import { useTranslation } from "react-i18next";

import { formatDay } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { Button } from "../../ui/Button";
import { printRoll } from "../../ui/print";
import { ReceiptPaper } from "../../ui/ReceiptPaper";
import { Failure, Skeleton } from "../../ui/states";
import { useZone } from "../session/SessionContext";
import { CameBack } from "../returns/CameBack";
import { BackLink } from "../ui/BackLink";
import { OriginCard } from "../ui/OriginCard";
import { PageHead } from "../ui/PageHead";
import { saleById } from "./queries";
import { ReasonsCard } from "./ReasonsCard";

/** A sale: its receipt, and the way it came here. */
export function SalePage() {
  const { t } = useTranslation();
  const locale = useLocale();
  const zone = useZone();
  const { location = "", date = "", id = "" } = useParams({ strict: false }) as Record<string, string>;
  const sale = useQuery(saleById(location, date, id));
  const back = <BackLink href={paths.office.sales()} label={t("sales.title", { ns: "office" })} />;
  if (sale.isPending) return <Skeleton />;
  if (sale.error) {
    return (
      <>
        {back}
        <Failure error={sale.error} onRetry={() => void sale.refetch()} />
      </>
    );
  }
  return (
    <>
      {back}
      <PageHead
        title={t("receiptNumber", { number: sale.data.receipt_number })}
        hint={`${sale.data.location.name} · ${formatDay(sale.data.business_date, locale)}`}
      >
        <Button icon={<Printer aria-hidden className="size-5" />} onClick={printRoll}>
          {t("print")}
        </Button>
      </PageHead>
      <div className="grid items-start gap-6 lg:grid-cols-[auto_1fr]">
        <div className="w-full lg:w-88">
          <ReceiptPaper receipt={sale.data} timeZone={zone(sale.data.location_id)} />
        </div>
        <div className="grid min-w-0 gap-6">
          {sale.data.reasons && <ReasonsCard lines={sale.data.lines} reasons={sale.data.reasons} />}
          {sale.data.returns.length > 0 && <CameBack returns={sale.data.returns} lines={sale.data.lines} timeZone={zone(sale.data.location_id)} />}
          <OriginCard document={sale.data} timeZone={zone(sale.data.location_id)} />
        </div>
      </div>
    </>
  );
}
