import { Radio } from "lucide-react";
import { use } from "react";
import { useTranslation } from "react-i18next";

import { useMoney } from "../../format/CurrencyContext";
import { formatTime } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { Go } from "../../ui/Go";
import { Empty } from "../../ui/states";
import { FeedContext } from "../FeedContext";
import { mayAt, useSession } from "../session/SessionContext";
import { Card } from "../ui/PageHead";

/** Enough to see that the shops are alive; the list of sales has the rest. */
const SHOWN = 7;

/** The sales of the last moments. */
export function Feed({ branch }: { branch: string | undefined }) {
  const { t } = useTranslation("office");
  const money = useMoney();
  const locale = useLocale();
  const session = useSession();
  const sales = use(FeedContext).filter((sale) => !branch || sale.location_id === branch);
  const location = (id: string) => session.locations.find((known) => known.id === id);
  return (
    <Card title={t("overview.feed")}>
      {sales.length === 0 ? (
        <Empty icon={<Radio aria-hidden className="size-7" />} title={t("overview.feedEmpty")} />
      ) : (
        <ul className="divide-y divide-line pb-2">
          {sales.slice(0, SHOWN).map((sale) => {
            const at = location(sale.location_id);
            const row = (
              <>
                <span className="min-w-0 flex-1">
                  <span className="block truncate font-medium">{at?.name}</span>
                  <span className="block truncate text-sm text-faint">
                    {formatTime(sale.closed_at, locale, at?.time_zone)} · {sale.receipt_number}
                  </span>
                </span>
                <span className="font-semibold">{money.amount(sale.total_minor)}</span>
              </>
            );
            const look = "animate-flash flex min-h-14 items-center gap-3 px-5 py-1.5";
            return (
              <li key={sale.key}>
                {mayAt(session, "sale.read", sale.location_id) ? (
                  <Go href={paths.office.sale(sale.location_id, sale.business_date, sale.id)} className={`${look} hover:bg-pine-wash`}>
                    {row}
                  </Go>
                ) : (
                  <span className={look}>{row}</span>
                )}
              </li>
            );
          })}
        </ul>
      )}
    </Card>
  );
}
