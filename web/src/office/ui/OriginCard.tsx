import { useTranslation } from "react-i18next";

import { formatInstant } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { Card } from "./PageHead";

interface OriginCardProps {
  document: {
    node_id: string;
    epoch: number;
    seq: number;
    closed_at: string;
    received_at: string;
    applied_at?: string | null;
  };
  timeZone: string | undefined;
}

/** Which node made a document, as which record, and when it was received and counted. */
export function OriginCard({ document, timeZone }: OriginCardProps) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const when = (instant: string) => formatInstant(instant, locale, timeZone);
  const rows: [string, string][] = [
    [t("origin.node"), document.node_id],
    [t("origin.position"), t("origin.positionOf", { epoch: document.epoch, seq: document.seq })],
    [t("origin.closed"), when(document.closed_at)],
    [t("origin.received"), when(document.received_at)],
    [t("origin.applied"), document.applied_at ? when(document.applied_at) : t("origin.notApplied")],
  ];
  return (
    <Card title={t("origin.title")} className="max-w-2xl">
      <dl className="divide-y divide-line px-5 pb-3">
        {rows.map(([name, value]) => (
          <div key={name} className="flex flex-wrap gap-x-4 py-2.5">
            <dt className="w-48 text-soft">{name}</dt>
            <dd className="min-w-48 flex-1 font-medium wrap-anywhere">{value}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}
