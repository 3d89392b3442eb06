import { useTranslation } from "react-i18next";

import type { Purchase } from "../../api/cloud";
import { formatInstant } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { Go } from "../../ui/Go";
import { useZone } from "../session/SessionContext";

/** What took a purchase back, and what it has taken back itself; each leads to the other. */
export function ReversalCard({ purchase }: { purchase: Purchase }) {
  const { t } = useTranslation("office");
  const common = useTranslation().t;
  const locale = useLocale();
  const zone = useZone();
  const place = purchase.location_id;
  const { reversal, replaces } = purchase;
  if (!reversal && !replaces) return null;
  const shown = [
    reversal && {
      key: "reversal",
      title: common(`purchaseState.${reversal.state as "voided"}`),
      href: reversal.state === "replaced" ? paths.office.purchase(place, reversal.business_date, reversal.id) : null,
      number: reversal.ticket_number,
      of: reversal,
    },
    replaces && {
      key: "replaces",
      title: common("correctionOf", { number: replaces.purchase_number }),
      href: paths.office.purchase(place, replaces.purchase_date, replaces.purchase_id),
      number: replaces.purchase_number,
      of: replaces,
    },
  ].filter((one) => one !== null && one !== undefined);
  return (
    <section aria-label={t("purchases.takenBack")} className="flex flex-col gap-4 rounded-card border border-amber-line bg-amber-wash/40 p-5">
      {shown.map(({ key, title, href, number, of }) => (
        <div key={key}>
          <h2 className="text-lg font-semibold">{title}</h2>
          <p>
            {href ? (
              <Go href={href} className="inline-flex min-h-12 items-center font-medium text-pine underline">
                {common("ticketNumber", { number })}
              </Go>
            ) : (
              common("ticketNumber", { number })
            )}
          </p>
          <p>{of.reason}</p>
          <p className="text-soft">
            {[formatInstant(of.reversed_at, locale, zone(place)), of.staff, of.approved_by && common("approvedBy", { name: of.approved_by })]
              .filter(Boolean)
              .join(" · ")}
          </p>
        </div>
      ))}
    </section>
  );
}
