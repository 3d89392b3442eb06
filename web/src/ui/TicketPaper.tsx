import { useTranslation } from "react-i18next";

import { useMoney } from "../format/CurrencyContext";
import { formatQuantity, priceBasis } from "../format/quantity";
import { formatInstant } from "../format/when";
import { useLocale } from "../i18n/useLocale";
import { PaperFigure, PaperHead, PaperRoll } from "./PaperRoll";

/** A purchase ticket as both servers send it. */
export interface PrintedTicket {
  ticket_number: string;
  location: { name: string; address?: string };
  supplier: { name: string; code: string };
  staff: { name: string };
  closed_at: string;
  supplier_document?: string | null;
  lines: {
    variant_id: string;
    name: string;
    unit: string;
    quantity: number;
    gross?: number | null;
    tare?: number | null;
    net?: number | null;
    source?: string | null;
    /** What the tare is made of. */
    containers?: { name: string; tare: number; count: number } | null;
    manual_tare?: boolean;
    unit_cost: string;
    cost_quantity: number;
    cost_minor: number;
  }[];
  total_minor: number;
  payment: { kind: string; amount_minor: number };
  /** What took it back. */
  reversal?: TakenBack | null;
  /** What it stands in the place of. */
  replaces?: TakenBack | null;
}

interface TakenBack {
  state: string;
  ticket_number: string;
  purchase_number: string;
  reason: string;
  approved_by?: string | null;
}

/** What the supplier takes away: weights, cost, and how it was paid. */
export function TicketPaper({ ticket, timeZone }: { ticket: PrintedTicket; timeZone?: string | undefined }) {
  const { t } = useTranslation();
  const money = useMoney();
  const locale = useLocale();
  const weight = (grams: number) => formatQuantity(grams, "gram", locale);
  return (
    <PaperRoll label={t("ticketNumber", { number: ticket.ticket_number })}>
      <PaperHead name={ticket.location.name}>
        {ticket.location.address && <p>{ticket.location.address}</p>}
        <p className="font-semibold">{t("ticketNumber", { number: ticket.ticket_number })}</p>
        {ticket.reversal && (
          <p className="font-bold uppercase">
            {t(`purchaseState.${ticket.reversal.state as "voided"}`)} · {ticket.reversal.ticket_number}
          </p>
        )}
        {ticket.replaces && <p className="font-bold">{t("correctionOf", { number: ticket.replaces.purchase_number })}</p>}
        {[ticket.reversal, ticket.replaces].map(
          (one) =>
            one && (
              <p key={one.purchase_number}>
                {one.reason}
                {one.approved_by && ` (${t("approvedBy", { name: one.approved_by })})`}
              </p>
            ),
        )}
        <p>{formatInstant(ticket.closed_at, locale, timeZone)}</p>
        <p>{t("boughtBy", { name: ticket.staff.name })}</p>
      </PaperHead>
      <dl className="border-b border-dashed border-edge py-3">
        <PaperFigure name={t("supplier")} value={`${ticket.supplier.name} (${ticket.supplier.code})`} />
        {ticket.supplier_document && <PaperFigure isQuiet name={t("supplierDocument")} value={ticket.supplier_document} />}
      </dl>
      <ul className="space-y-2 border-b border-dashed border-edge py-3">
        {ticket.lines.map((line, at) => (
          // The same product may be weighed twice.
          // oxlint-disable-next-line react/no-array-index-key
          <li key={at}>
            <span className="flex justify-between gap-3">
              <span className="min-w-0 wrap-anywhere">{line.name}</span>
              <span className="shrink-0">{money.amount(line.cost_minor)}</span>
            </span>
            {line.gross !== null && line.gross !== undefined && (
              <span className="block text-sm text-soft">
                {t("gross")} {weight(line.gross)} − {t("tare")} {weight(line.tare ?? 0)}
              </span>
            )}
            {line.containers && (
              <span className="block text-sm text-soft">
                {line.containers.count} × {line.containers.name} ({weight(line.containers.tare)})
              </span>
            )}
            <span className="block text-sm text-soft">
              {line.net !== null && line.net !== undefined && `${t("net")} `}
              {formatQuantity(line.quantity, line.unit, locale)} × {money.decimal(line.unit_cost)}
              {priceBasis(line.cost_quantity, line.unit, locale) && ` / ${priceBasis(line.cost_quantity, line.unit, locale)}`}
            </span>
            {line.source === "manual" && <span className="block text-sm text-soft">* {t("weightManual")}</span>}
            {line.manual_tare && <span className="block text-sm text-soft">* {t("tareManual")}</span>}
          </li>
        ))}
      </ul>
      <dl className="space-y-1 py-3">
        <PaperFigure isStrong name={t("total")} value={money.amount(ticket.total_minor)} />
        <PaperFigure name={t(`tender.${ticket.payment.kind as "cash"}`, { defaultValue: ticket.payment.kind })} value={money.amount(ticket.payment.amount_minor)} />
      </dl>
      <p className="mt-10 border-t border-edge pt-1 text-center text-sm text-soft">{t("signature")}</p>
    </PaperRoll>
  );
}
