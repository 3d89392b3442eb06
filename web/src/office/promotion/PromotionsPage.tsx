import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { PromotionSummary } from "../../api/cloud";
import { useMoney } from "../../format/CurrencyContext";
import { formatDate, formatInstant } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { Button } from "../../ui/Button";
import { useGo } from "../../ui/Go";
import { mayEverywhere, useCommonZone, useQueryText, useSession } from "../session/SessionContext";
import { Chip, type Tone } from "../ui/Chip";
import { Choice } from "../ui/Choice";
import type { Column } from "../ui/DataTable";
import { SearchField } from "../ui/ListFilters";
import { PageHead } from "../ui/PageHead";
import { PagedTable } from "../ui/PagedTable";
import type { State } from "./contract";
import { promotions } from "./queries";

const STATES = ["draft", "running", "scheduled", "ended", "stopped"] as const satisfies readonly State[];
const TONES: Record<State, Tone> = { draft: "plain", running: "good", scheduled: "warn", ended: "plain", stopped: "bad" };

const isState = (state: string): state is State => Object.hasOwn(TONES, state);

/** All promotions: what runs, what waits, and what it gave. */
export function PromotionsPage() {
  const { t } = useTranslation("office");
  const go = useGo();
  const session = useSession();
  const { q, state } = useQueryText();
  const list = useInfiniteQuery({ ...promotions({ q, state }), placeholderData: keepPreviousData });
  const columns = useColumns();
  const narrow = (change: { q?: string | undefined; state?: string | undefined }) => go(paths.office.promotions({ q, state, ...change }), { replace: true });
  return (
    <>
      <PageHead title={t("promotion.title")} hint={t("promotion.hint")}>
        {mayEverywhere(session, "promotion.manage") && (
          <Button kind="primary" icon={<Plus aria-hidden className="size-5" />} onClick={() => go(paths.office.promotion("new"))}>
            {t("promotion.new")}
          </Button>
        )}
      </PageHead>
      <div className="mb-4 flex flex-wrap items-end gap-3">
        <div className="w-full sm:w-80">
          <SearchField label={t("promotion.search")} value={q} onChange={(text) => narrow({ q: text })} />
        </div>
        <Choice
          label={t("promotion.state")}
          value={state ?? ""}
          options={[["", t("promotion.states.all")], ...STATES.map((one): [string, string] => [one, t(`promotion.states.${one}`)])]}
          onChange={(value) => narrow({ state: value || undefined })}
        />
      </div>
      <PagedTable
        label={t("promotion.title")}
        list={list}
        columns={columns}
        id={(row) => row.id}
        href={(row) => paths.office.promotion(row.id)}
        empty={{ title: t("promotion.empty"), hint: t("promotion.emptyHint") }}
      />
    </>
  );
}

/** A state in a word and a colour. */
export function StateChip({ state }: { state: string }) {
  const { t } = useTranslation("office");
  if (!isState(state)) return <Chip>{state}</Chip>;
  return <Chip tone={TONES[state]}>{t(`promotion.states.${state}`)}</Chip>;
}

function useColumns(): Column<PromotionSummary>[] {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const money = useMoney();
  const zone = useCommonZone();
  const day = (moment: string) => formatDate(moment.slice(0, 10), locale);
  const period = ({ starts_at, ends_at }: PromotionSummary) => {
    if (starts_at && ends_at) return `${day(starts_at)} – ${day(ends_at)}`;
    if (starts_at) return t("promotion.from", { date: day(starts_at) });
    return ends_at ? t("promotion.until", { date: day(ends_at) }) : t("promotion.always");
  };
  return [
    { name: "name", header: t("promotion.name"), isTitle: true, cell: (row) => row.name },
    { name: "state", header: t("promotion.state"), cell: (row) => <StateChip state={row.state} /> },
    { name: "period", header: t("promotion.period"), cell: period },
    { name: "receipts", header: t("promotion.receipts"), isNumber: true, cell: (row) => new Intl.NumberFormat(locale).format(row.receipts) },
    { name: "gave", header: t("promotion.gave"), isNumber: true, cell: (row) => money.amount(row.gave_minor) },
    { name: "changed", header: t("promotion.changed"), isWide: true, cell: (row) => formatInstant(row.changed_at, locale, zone) },
  ];
}
