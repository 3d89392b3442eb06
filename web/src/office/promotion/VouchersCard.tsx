import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Download, ListPlus, Sparkles } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { newId } from "../../api/id";
import { formatDate } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Failure, Refusal, Refused, Skeleton } from "../../ui/states";
import { mayEverywhere, useSession } from "../session/SessionContext";
import { Chip, type Tone } from "../ui/Chip";
import { Card } from "../ui/PageHead";
import { TextField } from "../ui/TextField";
import { CodeText } from "./CodeList";
import type { NewVouchers, PromotionDetail, Voucher, VouchersMade } from "./contract";
import { DayField } from "./DateTime";
import type { Form } from "./draft";
import { Field } from "./Fields";
import { codesOf } from "./lookup";
import { Reader } from "./number";
import { makeVouchers, stopVoucher, vouchers } from "./queries";

/** Lines of a list that are said one by one. */
const MOST_SAID = 50;

/** The codes of a promotion: made, taken in, listed, stopped. */
export function VouchersCard({ promotion, form }: { promotion: PromotionDetail; form: Form }) {
  const { t } = useTranslation("office");
  const session = useSession();
  const [asks, setAsks] = useState<"make" | "upload" | null>(null);
  const isAbout = form.when.some(({ is }) => is.kind === "voucher");
  const list = useInfiniteQuery({ ...vouchers(promotion.id), enabled: isAbout });
  if (!isAbout) return null;
  const rows = list.data?.pages.flatMap(({ items }) => items) ?? [];
  const mayManage = mayEverywhere(session, "promotion.manage");
  return (
    <Card title={t("promotion.voucher.title")}>
      <div className="flex flex-col gap-4 px-5 pb-5">
        <p className="text-soft">{t("promotion.voucher.hint")}</p>
        {mayManage && (
          <div className="flex flex-wrap gap-2">
            <Button icon={<Sparkles aria-hidden className="size-5" />} onClick={() => setAsks("make")}>
              {t("promotion.voucher.make")}
            </Button>
            <Button icon={<ListPlus aria-hidden className="size-5" />} onClick={() => setAsks("upload")}>
              {t("promotion.voucher.upload")}
            </Button>
            {rows.length > 0 && (
              <a href={paths.vouchersFile(promotion.id)} download className="inline-flex min-h-12 items-center gap-2 rounded-field border border-edge bg-surface px-4 font-semibold hover:bg-sunken">
                <Download aria-hidden className="size-5" />
                {t("promotion.voucher.export")}
              </a>
            )}
          </div>
        )}
        {list.isPending && <Skeleton rows={3} />}
        {list.error && rows.length === 0 && <Failure error={list.error} onRetry={() => void list.refetch()} />}
        {list.isSuccess && rows.length === 0 && <p className="text-soft">{t("promotion.voucher.none")}</p>}
        <ul aria-label={t("promotion.voucher.title")} className="divide-y divide-line empty:hidden">
          {rows.map((one) => (
            <Code key={one.id} voucher={one} promotion={promotion.id} mayManage={mayManage} />
          ))}
        </ul>
        {list.hasNextPage && (
          <Button disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {t("promotion.loadMore")}
          </Button>
        )}
      </div>
      {asks && <MakeDialog promotion={promotion.id} isList={asks === "upload"} onClose={() => setAsks(null)} />}
    </Card>
  );
}

const TONES = { good: "good", used: "plain", stopped: "bad", ended: "plain" } as const satisfies Record<string, Tone>;

function stateOf({ stopped, valid_until, used, uses_each }: Voucher, now: string): keyof typeof TONES {
  if (stopped) return "stopped";
  if (typeof used === "number" && typeof uses_each === "number" && used >= uses_each) return "used";
  if (valid_until && valid_until < now) return "ended";
  return "good";
}

function Code({ voucher, promotion, mayManage }: { voucher: Voucher; promotion: string; mayManage: boolean }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const client = useQueryClient();
  const { now } = useSession();
  const state = stateOf(voucher, now);
  const [asks, setAsks] = useState(false);
  const [reason, setReason] = useState("");
  const stopping = useMutation({
    mutationFn: () => stopVoucher(promotion, voucher.id, reason.trim()),
    onSuccess: () => setAsks(false),
    onSettled: () => client.invalidateQueries({ queryKey: ["vouchers", promotion] }),
  });
  const { used, uses_each } = voucher;
  const isCounted = typeof used === "number" && typeof uses_each === "number";
  const facts = [isCounted ? `${t("promotion.voucher.uses")}: ${t("promotion.voucher.usesOf", { used, uses: uses_each })}` : t("promotion.voucher.notCounted"), voucher.segment, voucher.valid_until && t("promotion.until", { date: formatDate(voucher.valid_until.slice(0, 10), locale) })];
  return (
    <li className="flex flex-wrap items-center gap-3 py-2">
      <span className="min-w-0 flex-1">
        <span className="block font-mono font-medium break-all">{voucher.code}</span>
        <span className="block text-sm text-soft">{facts.filter(Boolean).join(" · ")}</span>
      </span>
      <Chip tone={TONES[state]}>{t(`promotion.voucher.states.${state}`)}</Chip>
      {mayManage && state === "good" && (
        <Button kind="quiet" aria-label={t("promotion.voucher.stop", { code: voucher.code })} onClick={() => setAsks(true)}>
          {t("promotion.voucher.stopShort")}
        </Button>
      )}
      {asks && (
        <Dialog title={t("promotion.voucher.stop", { code: voucher.code })} onClose={() => setAsks(false)} isBusy={stopping.isPending}>
          <div className="flex flex-col gap-4">
            <TextField label={t("promotion.stop.reason")} value={reason} onChange={setReason} isFirst />
            <Refusal error={stopping.error} />
            <Button kind="danger" size="large" disabled={stopping.isPending} blocked={reason.trim() ? null : t("reason.missing")} onClick={() => stopping.mutate()}>
              {t("promotion.voucher.stopShort")}
            </Button>
          </div>
        </Dialog>
      )}
    </li>
  );
}

interface Typed {
  count: string;
  prefix: string;
  codes: string;
  uses: string;
  segment: string;
  until: string;
}

/** The end of a day where the reader is. */
const endOf = (day: string) => new Date(`${day}T23:59:59`).toISOString();

function requestOf(id: string, isList: boolean, typed: Typed): NewVouchers | undefined {
  const read = new Reader(0);
  const uses_each = read.count(typed.uses, "uses");
  const common = { id, uses_each, ...(typed.segment.trim() && { segment: typed.segment.trim() }), ...(typed.until && { valid_until: endOf(typed.until) }) };
  if (isList) {
    // As it was typed, so that what is refused is said by its line.
    const lines = typed.codes.split(/\r\n|\r|\n/);
    return read.missing.size > 0 || codesOf(typed.codes).codes.length === 0 ? undefined : { ...common, codes: lines };
  }
  const count = read.count(typed.count, "count");
  return read.missing.size > 0 || count === 0 ? undefined : { ...common, count, ...(typed.prefix.trim() && { prefix: typed.prefix.trim() }) };
}

function MakeDialog({ promotion, isList, onClose }: { promotion: string; isList: boolean; onClose: () => void }) {
  const { t } = useTranslation("office");
  const client = useQueryClient();
  const [id] = useState(newId);
  const [typed, setTyped] = useState<Typed>({ count: "100", prefix: "", codes: "", uses: "1", segment: "", until: "" });
  const set = (part: Partial<Typed>) => setTyped({ ...typed, ...part });
  const body = requestOf(id, isList, typed);
  const making = useMutation({
    mutationFn: (request: NewVouchers) => makeVouchers(promotion, request),
    onSuccess: () => client.invalidateQueries({ queryKey: ["vouchers", promotion] }),
  });
  return (
    <Dialog title={t(isList ? "promotion.voucher.upload" : "promotion.voucher.make")} onClose={onClose} isBusy={making.isPending}>
      <div className="flex flex-col gap-4">
        {isList ? (
          <CodeText label={t("promotion.voucher.codes")} file={t("promotion.voucher.file")} text={typed.codes} onChange={(codes) => set({ codes })} />
        ) : (
          <>
            <Field label={t("promotion.voucher.count")} field="voucher.count" value={typed.count} onChange={(count) => set({ count })} isFirst />
            <Field label={t("promotion.voucher.prefix")} hint={t("promotion.voucher.prefixHint")} field="voucher.prefix" value={typed.prefix} onChange={(prefix) => set({ prefix })} isText />
          </>
        )}
        <Field label={t("promotion.voucher.usesEach")} field="voucher.uses" value={typed.uses} onChange={(uses) => set({ uses })} />
        <Field label={t("promotion.voucher.segment")} field="voucher.segment" value={typed.segment} onChange={(segment) => set({ segment })} isText />
        <DayField label={t("promotion.voucher.validUntil")} value={typed.until} onChange={(until) => set({ until })} />
        <Refusal error={making.error} />
        {making.data ? (
          <Made made={making.data} />
        ) : (
          <Button kind="primary" size="large" disabled={making.isPending} blocked={body ? null : t("promotion.save.missing")} onClick={() => body && making.mutate(body)}>
            {t(isList ? "promotion.voucher.upload" : "promotion.voucher.make")}
          </Button>
        )}
      </div>
    </Dialog>
  );
}

function Made({ made: { made, duplicates, refused } }: { made: VouchersMade }) {
  const { t } = useTranslation("office");
  const lines = [...refused.map((one) => ({ ...one, key: "refused" as const })), ...duplicates.map((one) => ({ ...one, key: "duplicate" as const }))].toSorted((one, other) => one.line - other.line);
  const rest = lines.length - MOST_SAID;
  return (
    <div role="status" className="flex flex-col gap-2">
      <p className="font-medium text-pine">{t("promotion.voucher.made", { count: made })}</p>
      {lines.length > 0 && (
        <Refused>
          <span className="flex flex-col">
            {lines.slice(0, MOST_SAID).map(({ line, code, key }) => (
              <span key={`${key} ${line}`}>{t(`promotion.voucher.${key}`, { line, code })}</span>
            ))}
            {rest > 0 && <span>{t("promotion.voucher.more", { count: rest })}</span>}
          </span>
        </Refused>
      )}
    </div>
  );
}

