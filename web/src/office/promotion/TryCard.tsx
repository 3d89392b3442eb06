import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Minus, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Problem } from "../../api/problem";
import { useMoney } from "../../format/CurrencyContext";
import { formatQuantity, isMeasured } from "../../format/quantity";
import { useLocale } from "../../i18n/useLocale";
import { Button, IconButton } from "../../ui/Button";
import { Refusal } from "../../ui/states";
import { useSession } from "../session/SessionContext";
import { Card } from "../ui/PageHead";
import { SelectField } from "../ui/SelectField";
import type { NewTry, Tried } from "./contract";
import { MomentField } from "./DateTime";
import { canonical, type Document, type Json } from "./document";
import { EditorContext } from "./EditorContext";
import { Options, Tick } from "./Fields";
import { tried } from "./queries";
import { channelName, tenderName, TENDERS } from "./sentence";
import { useSettled } from "./useSettled";
import { VariantDialog, type Chosen } from "./VariantDialog";
import { WhyList } from "./WhyList";

interface Line extends Chosen {
  quantity: number;
}

interface Scene {
  location: string;
  local: string;
  channel: string;
  tender: string;
  isMember: boolean;
  isFirst: boolean;
  isBirthday: boolean;
  isAlone: boolean;
}

/** What one touch adds of goods by measure. */
const MEASURED_STEP = 500;
const stepOf = (unit: string) => (isMeasured(unit) ? MEASURED_STEP : 1);
const USUAL_PURCHASES = 10;
/** Birthdays are kept in this year. */
const BIRTH_YEAR = "2000";
const MINUTES_END = 16;

/** The clock of a branch: `2026-11-23T18:00`. */
const clockAt = (instant: string, timeZone: string) =>
  new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "short", timeZone }).format(new Date(instant)).replace(" ", "T").slice(0, MINUTES_END);

function requestOf(id: string, draft: Document, { location, local, channel, tender, isMember, isFirst, isBirthday, isAlone }: Scene, lines: Line[], segments: string[]): NewTry {
  return {
    draft,
    promotion_id: id,
    only: isAlone,
    location_id: location,
    local: `${local}:00`,
    channel,
    ...(isMember && { patron: { segments, purchases: isFirst ? 0 : USUAL_PURCHASES, birthday: isBirthday ? `${BIRTH_YEAR}${local.slice(4, 10)}` : null, known: true } }),
    tenders: tender ? [tender] : [],
    vouchers: true,
    lines: lines.map(({ id: variant_id, quantity }) => ({ variant_id, quantity })),
  };
}

/** The segments that a document asks for: whoever is tried as a member is in all of them. */
const segmentsIn = ({ when = [] }: Document): string[] =>
  when.flatMap((one) => (typeof one === "object" && one !== null && "segment" in one && Array.isArray(one["segment"]) ? one["segment"].filter((name) => typeof name === "string") : []));

/** A scratch basket: what the draft would do with it, and why. */
export function TryCard({ id, draft }: { id: string; draft: Document | undefined }) {
  const { t } = useTranslation("office");
  const { locations, now } = useSession();
  const [first] = locations;
  const [lines, setLines] = useState<Line[]>([]);
  const [isAdding, setAdding] = useState(false);
  const [scene, setScene] = useState<Scene>(() => ({
    location: first?.id ?? "",
    local: clockAt(now, first?.time_zone ?? "UTC"),
    channel: "till",
    tender: "",
    isMember: true,
    isFirst: false,
    isBirthday: false,
    isAlone: true,
  }));
  const set = (part: Partial<Scene>) => setScene({ ...scene, ...part });
  const setQuantity = (line: Line, quantity: number) => setLines(quantity <= 0 ? lines.filter((one) => one.id !== line.id) : lines.map((one) => (one.id === line.id ? { ...one, quantity } : one)));
  const add = (chosen: Chosen) => {
    const known = lines.find((one) => one.id === chosen.id);
    if (known) setQuantity(known, known.quantity + stepOf(known.unit));
    else setLines([...lines, { ...chosen, quantity: stepOf(chosen.unit) }]);
  };
  const asked = draft && lines.length > 0 && scene.location && scene.local ? requestOf(id, draft, scene, lines, segmentsIn(draft)) : undefined;
  const settled = useSettled(asked, asked ? canonical(asked as unknown as Json) : "");
  const found = useQuery({ ...tried(settled), placeholderData: keepPreviousData });
  const isAtField = found.error instanceof Problem && found.error.fields.length > 0;
  return (
    // A scratch basket may be filled by whoever may only look.
    <EditorContext value={{ wrongs: [], isLocked: false }}>
      <Card title={t("promotion.try.title")}>
        <div className="flex flex-col gap-4 px-5 pb-5">
          <p className="text-soft">{t("promotion.try.hint")}</p>
          <Lines lines={lines} onQuantity={setQuantity} />
          <Button icon={<Plus aria-hidden className="size-5" />} onClick={() => setAdding(true)}>
            {t("promotion.try.add")}
          </Button>
          <Circumstances scene={scene} set={set} />
          {!draft && <p className="text-soft">{t("promotion.conflicts.unready")}</p>}
          {!isAtField && <Refusal error={found.error} />}
          {settled && found.data && <Outcome tried={found.data} />}
        </div>
        {isAdding && <VariantDialog title={t("promotion.try.add")} onClose={() => setAdding(false)} onChoose={add} />}
      </Card>
    </EditorContext>
  );
}

function Lines({ lines, onQuantity }: { lines: Line[]; onQuantity: (line: Line, quantity: number) => void }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  if (lines.length === 0) return <p className="text-soft">{t("promotion.try.empty")}</p>;
  return (
    <ul className="divide-y divide-line">
      {lines.map((line) => {
        const step = stepOf(line.unit);
        return (
          <li key={line.id} className="flex items-center gap-1 py-1">
            <span className="min-w-0 flex-1 leading-snug font-medium wrap-anywhere">{line.name}</span>
            <IconButton label={t("promotion.try.less", { name: line.name })} onClick={() => onQuantity(line, line.quantity - step)}>
              {line.quantity > step ? <Minus aria-hidden className="size-5" /> : <Trash2 aria-hidden className="size-5" />}
            </IconButton>
            <strong className="min-w-10 text-center">{formatQuantity(line.quantity, line.unit, locale)}</strong>
            <IconButton label={t("promotion.try.more", { name: line.name })} onClick={() => onQuantity(line, line.quantity + step)}>
              <Plus aria-hidden className="size-5" />
            </IconButton>
          </li>
        );
      })}
    </ul>
  );
}

function Circumstances({ scene, set }: { scene: Scene; set: (part: Partial<Scene>) => void }) {
  const { t } = useTranslation("office");
  const { locations } = useSession();
  return (
    <details className="rounded-field border border-line">
      <summary className="flex min-h-12 cursor-pointer items-center px-3 font-medium">{t("promotion.try.circumstances")}</summary>
      <div className="flex flex-col gap-4 px-3 pb-3">
        <SelectField label={t("promotion.try.branch")} value={scene.location} options={locations.map(({ id, name }): [string, string] => [id, name])} onChange={(location) => set({ location })} />
        <MomentField day={t("promotion.try.date")} time={t("promotion.try.time")} value={scene.local} onChange={(local) => set({ local })} />
        <Options label={t("promotion.try.channel")} value={scene.channel} options={["till", "web"].map((name) => [name, channelName(name, t)] as const)} onChange={(channel) => set({ channel })} />
        <Options label={t("promotion.try.tender")} value={scene.tender} options={[["", t("promotion.try.anyTender")], ...TENDERS.map((kind) => [kind, tenderName(kind, t)] as const)] as [string, string][]} onChange={(tender) => set({ tender })} />
        <Tick label={t("promotion.try.member")} value={scene.isMember} onChange={(isMember) => set({ isMember })} />
        {scene.isMember && <Tick label={t("promotion.try.first")} value={scene.isFirst} onChange={(isFirst) => set({ isFirst })} />}
        {scene.isMember && <Tick label={t("promotion.try.birthday")} value={scene.isBirthday} onChange={(isBirthday) => set({ isBirthday })} />}
        <Tick label={t("promotion.try.only")} value={scene.isAlone} onChange={(isAlone) => set({ isAlone })} />
      </div>
    </details>
  );
}

function Outcome({ tried: { lines, subtotal_minor, discount_minor, total_minor, reasons } }: { tried: Tried }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const money = useMoney();
  return (
    <div role="status" className="flex flex-col gap-3 border-t border-line pt-4">
      <table className="w-full">
        <caption className="sr-only">{t("promotion.try.title")}</caption>
        <tbody className="divide-y divide-line">
          {lines.map((line, at) => (
            // Lines keep the order of the basket, and one variant may be there twice: bought, and as a gift.
            // oxlint-disable-next-line react/no-array-index-key
            <tr key={`${line.variant_id} ${at}`}>
              <th scope="row" className="py-1.5 pr-2 text-left font-normal wrap-anywhere">
                {formatQuantity(line.quantity, line.unit, locale)} × {line.name}
                {line.is_gift && <strong className="text-pine"> · {t("promotion.try.gift")}</strong>}
              </th>
              <td className="py-1.5 text-right whitespace-nowrap">
                {line.discount_minor > 0 && <s className="mr-2 text-faint">{money.amount(line.gross_minor)}</s>}
                {money.amount(line.total_minor)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <dl className="flex flex-col gap-1">
        {(
          [
            [t("promotion.try.before"), subtotal_minor],
            [t("promotion.try.off"), -discount_minor],
          ] as const
        ).map(([name, value]) => (
          <div key={name} className="flex justify-between text-soft">
            <dt>{name}</dt>
            <dd>{money.amount(value)}</dd>
          </div>
        ))}
        <div className="flex justify-between text-lg font-semibold">
          <dt>{t("promotion.try.total")}</dt>
          <dd>{money.amount(total_minor)}</dd>
        </div>
      </dl>
      <section aria-label={t("promotion.why.title")}>
        <h3 className="mb-1 font-semibold">{t("promotion.why.title")}</h3>
        <WhyList reasons={reasons} lines={lines.map(({ name }) => name)} />
      </section>
    </div>
  );
}
