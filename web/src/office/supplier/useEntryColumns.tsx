import { Undo2 } from "lucide-react";
import { Fragment } from "react";
import { useTranslation } from "react-i18next";

import type { SupplierEntry } from "../../api/cloud";
import { useMoney } from "../../format/CurrencyContext";
import { formatDate } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { IconButton } from "../../ui/Button";
import { Go } from "../../ui/Go";
import { mayAt, useSession } from "../session/SessionContext";
import { Chip } from "../ui/Chip";
import type { Column } from "../ui/DataTable";

/** What the head office has written, and may reverse. */
const WRITTEN = ["payment", "credit_note", "opening_balance"];

/** The purchase that an entry is, or takes back. */
function purchaseOf(entry: SupplierEntry): string | null {
  if (!entry.location_id) return null;
  if (entry.kind === "purchase") return paths.office.purchase(entry.location_id, entry.business_date, entry.id);
  if (entry.kind === "purchase_reversal" && entry.reverses && entry.reverses_date) {
    return paths.office.purchase(entry.location_id, entry.reverses_date, entry.reverses);
  }
  return null;
}

/** The columns of a statement. */
export function useEntryColumns(onReverse: (entry: SupplierEntry) => void): Column<SupplierEntry>[] {
  const { t } = useTranslation("office");
  const common = useTranslation().t;
  const money = useMoney();
  const locale = useLocale();
  const session = useSession();
  const kind = (entry: SupplierEntry) => t(`supplierAccount.kind.${entry.kind as "payment"}`, { defaultValue: entry.kind });
  return [
    { name: "date", header: common("date"), cell: (entry) => <span className="whitespace-nowrap">{formatDate(entry.business_date, locale)}</span> },
    { name: "what", header: t("supplierAccount.what"), isTitle: true, cell: (entry) => <What entry={entry} kind={kind(entry)} /> },
    {
      name: "branch",
      header: common("branch"),
      isWide: true,
      cell: (entry) => entry.location_name ?? t("supplierAccount.company"),
    },
    {
      name: "reference",
      header: t("supplierAccount.reference"),
      cell: (entry) => (
        <span className="wrap-anywhere">
          {entry.reference ?? ""}
          {entry.is_repeated && (
            <span className="ml-2">
              <Chip tone="bad">{t("supplierAccount.repeated")}</Chip>
            </span>
          )}
        </span>
      ),
    },
    {
      name: "note",
      header: t("supplierAccount.note"),
      isWide: true,
      cell: (entry) => <span className="text-sm wrap-anywhere text-soft">{[entry.note, entry.staff].filter(Boolean).join(" · ")}</span>,
    },
    {
      name: "amount",
      header: t("supplierAccount.amount"),
      isNumber: true,
      cell: (entry) =>
        entry.owed_minor === 0 ? (
          <span className="text-soft">
            {money.amount(entry.amount_minor)} <span className="text-sm">({t("supplierAccount.atOnce")})</span>
          </span>
        ) : (
          money.amount(entry.owed_minor)
        ),
    },
    { name: "balance", header: t("supplierAccount.balance"), isNumber: true, cell: (entry) => <span className="font-semibold">{money.amount(entry.balance_minor)}</span> },
    {
      name: "reverse",
      header: t("supplierAccount.reverse"),
      cell: (entry) =>
        WRITTEN.includes(entry.kind) && !entry.is_reversed && mayAt(session, "supplier.pay", entry.location_id ?? null) ? (
          <IconButton label={t("supplierAccount.reverseThis", { what: kind(entry), amount: money.amount(entry.amount_minor) })} onClick={() => onReverse(entry)}>
            <Undo2 aria-hidden className="size-5" />
          </IconButton>
        ) : null,
    },
  ];
}

function What({ entry, kind }: { entry: SupplierEntry; kind: string }) {
  const { t } = useTranslation("office");
  const href = purchaseOf(entry);
  const isPayment = entry.kind === "payment";
  const details = [entry.number, isPayment && entry.payment && t(`supplierAccount.method.${entry.payment as "cash"}`, { defaultValue: entry.payment })];
  // A number is read in one piece.
  const words = (
    <span>
      {kind}
      {details.filter(Boolean).map((detail) => (
        <Fragment key={detail || ""}>
          {" · "}
          <span className="whitespace-nowrap">{detail}</span>
        </Fragment>
      ))}
    </span>
  );
  return (
    <span className="inline-flex flex-wrap items-center gap-x-2">
      {href ? (
        <Go href={href} className="inline-flex min-h-12 items-center font-semibold text-pine underline-offset-4 hover:underline">
          {words}
        </Go>
      ) : (
        words
      )}
      {entry.is_reversed && <Chip tone="warn">{t("supplierAccount.isReversed")}</Chip>}
    </span>
  );
}
