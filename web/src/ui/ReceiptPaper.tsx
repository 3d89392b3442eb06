import { useTranslation } from "react-i18next";

import { useMoney } from "../format/CurrencyContext";
import { formatQuantity, priceBasis } from "../format/quantity";
import { formatInstant } from "../format/when";
import { useLocale } from "../i18n/useLocale";
import { firedOn, giftOn, type Reasons } from "./reasons";
import { PaperFigure, PaperHead, PaperRoll } from "./PaperRoll";

/** A receipt as both servers send it. */
export interface PrintedReceipt {
  receipt_number: string;
  location: { name: string; address?: string };
  register: { name: string };
  staff: { name: string };
  patron?: { name: string; phone_tail: string } | null;
  closed_at: string;
  lines: {
    line: number;
    name: string;
    quantity: number;
    unit: string;
    unit_price: string;
    price_quantity: number;
    gross_minor: number;
    discount_minor: number;
    promoted_minor?: number;
    discount_reason?: string | null;
    total_minor: number;
  }[];
  subtotal_minor: number;
  discount_minor: number;
  taxes: { rate_bps: number; tax_minor: number }[];
  total_minor: number;
  tenders: { kind: string; amount_minor: number; reference?: string | null }[];
  change_minor: number;
  promoted_minor?: number;
  reasons?: Reasons | null;
}

/** What the customer takes away; the printer gets exactly this. */
export function ReceiptPaper({ receipt, timeZone }: { receipt: PrintedReceipt; timeZone?: string | undefined }) {
  const { t } = useTranslation();
  const money = useMoney();
  const locale = useLocale();
  const percent = (bps: number) =>
    new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 2 }).format(bps / 10_000);
  return (
    <PaperRoll label={t("receiptNumber", { number: receipt.receipt_number })}>
      <PaperHead name={receipt.location.name}>
        {receipt.location.address && <p>{receipt.location.address}</p>}
        <p className="font-semibold">{t("receiptNumber", { number: receipt.receipt_number })}</p>
        <p>{formatInstant(receipt.closed_at, locale, timeZone)}</p>
        <p>
          {receipt.register.name} · {t("soldBy", { name: receipt.staff.name })}
        </p>
        {receipt.patron && <p>{t("soldTo", { name: [receipt.patron.name, receipt.patron.phone_tail && `···${receipt.patron.phone_tail}`].filter(Boolean).join(" ") })}</p>}
      </PaperHead>
      <ul className="space-y-1.5 border-b border-dashed border-edge py-3">
        {receipt.lines.map((line) => (
          <li key={line.line}>
            <span className="flex justify-between gap-3">
              <span className="min-w-0 wrap-anywhere">{line.name}</span>
              <span className="shrink-0">{money.amount(line.gross_minor)}</span>
            </span>
            <span className="block text-sm text-soft">
              {formatQuantity(line.quantity, line.unit, locale)} × {money.decimal(line.unit_price)}
              {priceBasis(line.price_quantity, line.unit, locale) && ` / ${priceBasis(line.price_quantity, line.unit, locale)}`}
            </span>
            {discountsOf(line, receipt.reasons, locale).map(({ key, name, minor }) => (
              <span key={key} className="flex justify-between gap-3 text-sm text-soft">
                <span className="min-w-0 wrap-anywhere">{name || t("discount")}</span>
                <span>{money.amount(-minor)}</span>
              </span>
            ))}
          </li>
        ))}
      </ul>
      <dl className="space-y-1 py-3">
        {receipt.discount_minor !== 0 && (
          <>
            <PaperFigure name={t("subtotal")} value={money.amount(receipt.subtotal_minor)} />
            <PaperFigure name={t("discount")} value={money.amount(-receipt.discount_minor)} />
          </>
        )}
        <PaperFigure isStrong name={t("total")} value={money.amount(receipt.total_minor)} />
        {receipt.taxes
          .filter((tax) => tax.tax_minor !== 0)
          .map((tax) => (
            <PaperFigure key={tax.rate_bps} isQuiet name={t("taxOf", { rate: percent(tax.rate_bps) })} value={money.amount(tax.tax_minor)} />
          ))}
      </dl>
      <dl className="space-y-1 border-t border-dashed border-edge py-3">
        {receipt.tenders.map((tender, at) => (
          // Two tenders of one kind and amount are alike; their order is all that tells them apart.
          // oxlint-disable-next-line react/no-array-index-key
          <PaperFigure key={at} name={t(`tender.${tender.kind as "cash"}`, { defaultValue: tender.kind })} value={money.amount(tender.amount_minor)} />
        ))}
        <PaperFigure isStrong name={t("change")} value={money.amount(receipt.change_minor)} />
      </dl>
      {Boolean(receipt.promoted_minor) && <p className="pb-3 text-center font-semibold">{t("youSaved", { amount: money.amount(receipt.promoted_minor ?? 0) })}</p>}
      <p className="border-t border-dashed border-edge pt-3 text-center text-soft">{t("thanks")}</p>
    </PaperRoll>
  );
}

/** What was taken off a line: by each promotion, and by a person. */
function discountsOf(line: PrintedReceipt["lines"][number], reasons: Reasons | null | undefined, language: string) {
  const promoted = line.promoted_minor ?? 0;
  const fired = firedOn(reasons, line.line, language).filter(({ gave_minor }) => gave_minor !== 0);
  const said = fired.map(({ key, name, gave_minor }) => ({ key, name, minor: gave_minor }));
  const rest = promoted - said.reduce((sum, { minor }) => sum + minor, 0);
  return [
    ...said,
    { key: "gift", name: giftOn(reasons, line.line, language), minor: rest },
    { key: "person", name: line.discount_reason ?? "", minor: line.discount_minor - promoted },
  ].filter(({ minor }) => minor !== 0);
}
