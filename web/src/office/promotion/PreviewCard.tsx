import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { newId } from "../../api/id";
import { useMoney } from "../../format/CurrencyContext";
import { addDays, formatDate } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { Button } from "../../ui/Button";
import { Go } from "../../ui/Go";
import { Refusal, Refused } from "../../ui/states";
import { placesOf, useSession } from "../session/SessionContext";
import { Card } from "../ui/PageHead";
import { SelectField } from "../ui/SelectField";
import type { Preview } from "./contract";
import { DayField } from "./DateTime";
import { canonical, type Document, type Json } from "./document";
import { preview as previewQuery, startPreview } from "./queries";
import { DayChart } from "./ResultCard";

/** Days that are looked at when nobody says another number. */
const USUAL_DAYS = 28;

/** What the draft would have given on the sales of past days. */
export function PreviewCard({ promotion, draft }: { promotion: string; draft: Document | undefined }) {
  const { t } = useTranslation("office");
  const session = useSession();
  const today = session.now.slice(0, 10);
  const [from, setFrom] = useState(() => addDays(today, -USUAL_DAYS));
  const [until, setUntil] = useState(today);
  const [branch, setBranch] = useState("");
  const [asked, setAsked] = useState<{ id: string; of: string }>();
  const starting = useMutation({
    mutationFn: async (document: Document) => {
      const id = newId();
      await startPreview(id, promotion, document, from, until, branch || undefined);
      setAsked({ id, of: canonical(document as Json) });
    },
  });
  const found = useQuery(previewQuery(asked?.id));
  const isBusy = starting.isPending || found.data?.state === "running" || (asked !== undefined && found.isPending);
  const isStale = asked !== undefined && draft !== undefined && asked.of !== canonical(draft as Json);
  return (
    <>
      <Card title={t("promotion.preview.title")}>
        <div className="flex flex-col gap-4 px-5 pb-5">
          <p className="text-soft">{t("promotion.preview.hint")}</p>
          <div className="grid grid-cols-2 gap-3">
            <DayField label={t("promotion.preview.from")} value={from} onChange={setFrom} />
            <DayField label={t("promotion.preview.until")} value={until} onChange={setUntil} />
          </div>
          <SelectField label={t("promotion.preview.branch")} value={branch} options={[["", t("branch.all")], ...placesOf(session, "sale.read").map(({ id, name }): [string, string] => [id, name])]} onChange={setBranch} />
          <Button kind="primary" disabled={isBusy} blocked={draft && from && until ? null : t("promotion.conflicts.unready")} onClick={() => draft && starting.mutate(draft)}>
            {t(found.data?.state === "done" ? "promotion.preview.again" : "promotion.preview.run")}
          </Button>
          <Refusal error={starting.error ?? found.error} />
          {isStale && found.data?.state === "done" && <p className="text-amber">{t("promotion.preview.stale")}</p>}
          {found.data && <Outcome preview={found.data} />}
        </div>
      </Card>
      {found.data?.state === "done" && found.data.touched > 0 && <DayChart title={t("promotion.preview.byDay")} days={found.data.by_day} />}
    </>
  );
}

function Outcome({ preview }: { preview: Preview }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const money = useMoney();
  const count = (value: number) => new Intl.NumberFormat(locale).format(value);
  const { state, receipts_seen, receipts_total, touched, gave_minor, examples } = preview;
  if (state === "failed") return <Refused>{t("promotion.preview.failed")}</Refused>;
  if (state === "running") {
    const said = t("promotion.preview.progress", { seen: count(receipts_seen), total: count(receipts_total) });
    return (
      <div>
        <progress aria-label={said} className="h-3 w-full accent-pine" value={receipts_seen} max={Math.max(receipts_total, 1)} />
        <p className="text-sm text-soft">{said}</p>
      </div>
    );
  }
  if (touched === 0) return <p role="status">{t("promotion.preview.nothing", { total: count(receipts_total) })}</p>;
  return (
    <div role="status" className="flex flex-col gap-2">
      <p className="text-lg font-medium">{t("promotion.preview.summary", { touched: count(touched), total: count(receipts_total), gave: money.amount(gave_minor) })}</p>
      {examples.length > 0 && (
        <>
          <h3 className="font-semibold">{t("promotion.preview.examples")}</h3>
          <ul className="divide-y divide-line">
            {examples.map((one) => (
              <li key={one.sale_id}>
                <Go href={paths.office.sale(one.location_id, one.business_date, one.sale_id)} className="flex min-h-12 items-center justify-between gap-3 text-pine hover:underline">
                  <span>
                    {one.receipt_number} · {formatDate(one.business_date, locale)}
                  </span>
                  <span>{money.amount(one.gave_minor)}</span>
                </Go>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
