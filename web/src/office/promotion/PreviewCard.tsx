import { skipToken, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
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

/** A preview that somebody has begun. */
interface Asked {
  id: string;
  /** The draft, and the days and branch besides: whoever asks for the same again means the same preview. */
  draft: string;
  of: string;
}

const askedKey = (promotion: string) => ["promotion-preview-asked", promotion];

/** Begins previews of a promotion, and follows the last one: also when a new promotion's page moves to its own address. */
function usePreview(promotion: string) {
  const client = useQueryClient();
  const { data: asked } = useQuery<Asked>({ queryKey: askedKey(promotion), queryFn: skipToken, staleTime: Infinity });
  // The request may have arrived although its answer did not: the same is asked under the same id.
  const [unanswered, setUnanswered] = useState<Asked>();
  const starting = useMutation({
    mutationFn: async ({ document, from, until, branch }: { document: Document; from: string; until: string; branch: string }) => {
      const draft = canonical(document as Json);
      const of = JSON.stringify([draft, from, until, branch]);
      const next = unanswered?.of === of ? unanswered : { id: newId(), draft, of };
      setUnanswered(next);
      client.setQueryData(previewQuery(next.id).queryKey, await startPreview(next.id, promotion, document, from, until, branch || undefined));
      client.setQueryData(askedKey(promotion), next);
      setUnanswered(undefined);
    },
  });
  const found = useQuery(previewQuery(asked?.id));
  return { asked, starting, found };
}

/** What the draft would have given on the sales of past days. */
export function PreviewCard({ promotion, draft }: { promotion: string; draft: Document | undefined }) {
  const { t } = useTranslation("office");
  const session = useSession();
  const today = session.now.slice(0, 10);
  const [from, setFrom] = useState(() => addDays(today, -USUAL_DAYS));
  const [until, setUntil] = useState(today);
  const [branch, setBranch] = useState("");
  const { asked, starting, found } = usePreview(promotion);
  const state = found.data?.state;
  // Of one that does not answer nobody knows how far it is: it is asked further, and another one may begin.
  const isBusy = starting.isPending || (asked !== undefined && !found.error && (state === undefined || state === "running"));
  const isStale = asked !== undefined && draft !== undefined && asked.draft !== canonical(draft as Json);
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
          <Button kind="primary" disabled={isBusy} blocked={draft && from && until ? null : t("promotion.conflicts.unready")} onClick={() => draft && starting.mutate({ document: draft, from, until, branch })}>
            {t(state === undefined || isBusy ? "promotion.preview.run" : "promotion.preview.again")}
          </Button>
          <Refusal error={starting.error ?? found.error} />
          {isStale && state === "done" && <p className="text-amber">{t("promotion.preview.stale")}</p>}
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
