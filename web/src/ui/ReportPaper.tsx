import { useTranslation } from "react-i18next";

import { useMoney } from "../format/CurrencyContext";
import { formatDay, formatInstant } from "../format/when";
import { useLocale } from "../i18n/useLocale";
import { PaperFigure, PaperHead, PaperRoll } from "./PaperRoll";

interface Figure {
  count: number;
  minor: number;
}
interface Part extends Figure {
  name: string;
}

/** An X or Z report as both servers send it. */
export interface PrintedReport {
  number: number | null;
  register_name: string;
  opened_at: string;
  opened_by: string;
  at: string;
  closed_by: string | null;
  approved_by: string | null;
  sales: number;
  first_receipt: string | null;
  last_receipt: string | null;
  gross_minor: number;
  discounts: Figure;
  other_prices: Figure;
  returns: Figure;
  total_minor: number;
  taxes: { rate_bps: number; gross_minor: number; tax_minor: number }[];
  tenders: Part[];
  departments: Part[];
  purchases: Figure;
  purchases_paid_minor: number;
  purchases_back: { count: number; minor: number };
  paid_in: Figure;
  paid_out: Figure;
  drops: Figure;
  float_minor: number;
  expected_minor: number;
  counted_minor: number | null;
  difference_minor: number | null;
  difference_reason: string | null;
  pieces: { value_minor: number; count: number }[];
  grand_total_before_minor: number | null;
  grand_total_minor: number | null;
}

interface ReportPaperProps {
  report: PrintedReport;
  place: string;
  businessDate?: string | undefined;
  timeZone?: string | undefined;
}

/** The report of a shift; the printer gets the same. */
export function ReportPaper({ report, place, businessDate, timeZone }: ReportPaperProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const when = (instant: string) => formatInstant(instant, locale, timeZone);
  const title = report.number === null ? t("report.x") : t("report.zNumber", { number: report.number });
  return (
    <PaperRoll label={title}>
      <PaperHead name={place}>
        <p className="text-lg font-semibold">{title}</p>
        <p>{report.register_name}</p>
        {businessDate && <p>{formatDay(businessDate, locale)}</p>}
        <p>{t("report.opened", { time: when(report.opened_at), name: report.opened_by })}</p>
        <p>{report.closed_by === null ? t("report.asOf", { time: when(report.at) }) : t("report.closed", { time: when(report.at), name: report.closed_by })}</p>
        {report.approved_by && <p>{t("report.approved", { name: report.approved_by })}</p>}
      </PaperHead>
      <Sold report={report} />
      <Parts title={t("report.payments")} parts={report.tenders.map((one) => ({ ...one, name: t(`tender.${one.name as "cash"}`, { defaultValue: one.name }) }))} />
      <Parts title={t("report.departments")} parts={report.departments.map((one) => ({ ...one, name: one.name || t("report.noDepartment") }))} />
      <Drawer report={report} />
    </PaperRoll>
  );
}

/** A figure with how often; absent when it never was. */
function Counted({ name, figure, sign = 1 }: { name: string; figure: Figure; sign?: 1 | -1 }) {
  const money = useMoney();
  if (figure.count === 0 && figure.minor === 0) return null;
  return <PaperFigure name={`${name} (${figure.count})`} value={money.amount(sign * figure.minor)} />;
}

function Sold({ report }: { report: PrintedReport }) {
  const { t } = useTranslation();
  const money = useMoney();
  const locale = useLocale();
  const percent = (bps: number) => new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 2 }).format(bps / 10_000);
  return (
    <dl className="space-y-1 border-b border-dashed border-edge py-3">
      <PaperFigure name={t("report.sales")} value={String(report.sales)} />
      {report.first_receipt && report.last_receipt && <PaperFigure isQuiet name={t("report.receipts")} value={`${report.first_receipt} – ${report.last_receipt}`} />}
      {report.discounts.count > 0 && <PaperFigure name={t("report.gross")} value={money.amount(report.gross_minor)} />}
      <Counted name={t("discount")} figure={report.discounts} sign={-1} />
      <Counted name={t("report.otherPrices")} figure={report.other_prices} />
      <Counted name={t("report.returns")} figure={report.returns} sign={-1} />
      <PaperFigure isStrong name={t("total")} value={money.amount(report.total_minor)} />
      {report.taxes
        .filter(({ gross_minor }) => gross_minor !== 0)
        .map((tax) => (
          <PaperFigure key={tax.rate_bps} isQuiet name={`${t("taxOf", { rate: percent(tax.rate_bps) })} (${money.amount(tax.gross_minor)})`} value={money.amount(tax.tax_minor)} />
        ))}
    </dl>
  );
}

function Parts({ title, parts }: { title: string; parts: Part[] }) {
  if (parts.length === 0) return null;
  return (
    <section aria-label={title} className="border-b border-dashed border-edge py-3">
      <h2 className="font-semibold">{title}</h2>
      <dl className="space-y-1">
        {parts.map((part) => (
          <Counted key={part.name} name={part.name} figure={part} />
        ))}
      </dl>
    </section>
  );
}

function Drawer({ report }: { report: PrintedReport }) {
  const { t } = useTranslation();
  const money = useMoney();
  const cash = report.tenders.filter(({ name }) => name === "cash").reduce((sum, { minor }) => sum + minor, 0);
  return (
    <section aria-label={t("report.drawer")} className="pt-3">
      <h2 className="font-semibold">{t("report.drawer")}</h2>
      <dl className="space-y-1">
        <PaperFigure name={t("report.float")} value={money.amount(report.float_minor)} />
        <PaperFigure name={t("report.cashSales")} value={money.amount(cash)} />
        <Counted name={t("report.purchasesPaid")} figure={{ count: report.purchases.count, minor: report.purchases_paid_minor }} sign={-1} />
        <Counted name={t("report.purchasesBack")} figure={report.purchases_back} />
        <Counted name={t("report.paidIn")} figure={report.paid_in} />
        <Counted name={t("report.paidOut")} figure={report.paid_out} sign={-1} />
        <Counted name={t("report.drops")} figure={report.drops} sign={-1} />
        <PaperFigure isStrong name={t("report.expected")} value={money.amount(report.expected_minor)} />
        {report.pieces.map(({ value_minor, count }) => (
          <PaperFigure key={value_minor} isQuiet name={`${count} × ${money.amount(value_minor)}`} value={money.amount(count * value_minor)} />
        ))}
        {report.counted_minor !== null && <PaperFigure name={t("report.counted")} value={money.amount(report.counted_minor)} />}
        {report.difference_minor !== null && <PaperFigure isStrong name={t("report.difference")} value={money.amount(report.difference_minor)} />}
        {report.difference_reason && <PaperFigure isQuiet name={t("report.reason")} value={report.difference_reason} />}
      </dl>
      {report.grand_total_minor !== null && report.grand_total_before_minor !== null && (
        <dl className="mt-3 space-y-1 border-t border-dashed border-edge pt-3">
          <PaperFigure isQuiet name={t("report.grandBefore")} value={money.amount(report.grand_total_before_minor)} />
          <PaperFigure isStrong name={t("report.grand")} value={money.amount(report.grand_total_minor)} />
        </dl>
      )}
    </section>
  );
}
