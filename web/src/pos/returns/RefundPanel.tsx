import { useTranslation } from "react-i18next";

import type { ReturnQuote, SecondWord, Tender } from "../../api/edge";
import { useMoney } from "../../format/CurrencyContext";
import { SecondPerson } from "../../station/cash/SecondPerson";
import { Button } from "../../ui/Button";
import { Refusal } from "../../ui/states";
import { useLost } from "./useLost";
import type { Draft } from "./useReturn";

export const REASONS = ["unwanted", "size", "defective", "wrong_item", "price", "other"] as const;
const LONGEST_NOTE = 200;

interface RefundPanelProps {
  quote: ReturnQuote | undefined;
  /** The figures belong to these very lines. */
  isQuoted: boolean;
  draft: Draft;
  onChange: (draft: Draft) => void;
  /** Somebody else has to say so too. */
  needsSecond: boolean;
  error: unknown;
  isSending: boolean;
  blocked: string | null;
  onGive: () => void;
}

/** What the customer gets, why, how, and who lets it be. */
export function RefundPanel({ quote, isQuoted, draft, onChange, needsSecond, error, isSending, blocked, onGive }: RefundPanelProps) {
  const { t } = useTranslation("station");
  const money = useMoney();
  const refund = quote?.refund_minor ?? 0;
  const second = (word: SecondWord) => onChange({ ...draft, word });
  return (
    <section aria-label={t("returns.refund")} className="flex flex-col gap-5 rounded-card border border-line bg-surface p-5 shadow-card">
      <p className="flex items-baseline justify-between gap-3" aria-live="polite">
        <span className="text-lg text-soft">{t("returns.refund")}</span>
        <span className={`text-4xl font-bold ${isQuoted ? "" : "text-faint"}`}>{money.amount(refund)}</span>
      </p>
      {quote && <Why quote={quote} />}
      <fieldset className="flex flex-col gap-2" disabled={isSending}>
        <legend className="mb-2 font-semibold">{t("returns.why")}</legend>
        <div className="flex flex-wrap gap-2">
          {REASONS.map((reason) => (
            <Chip key={reason} isOn={draft.reason === reason} onClick={() => onChange({ ...draft, reason })}>
              {t(`returns.reason.${reason}`)}
            </Chip>
          ))}
        </div>
        <input
          type="text"
          maxLength={LONGEST_NOTE}
          aria-label={t("returns.note")}
          placeholder={t("returns.note")}
          value={draft.note}
          onChange={(event) => onChange({ ...draft, note: event.target.value })}
          className="min-h-12 rounded-field border border-edge bg-surface px-3 placeholder:text-faint"
        />
      </fieldset>
      {quote && refund > 0 && <How quote={quote} isCash={draft.isCash} onChange={(isCash) => onChange({ ...draft, isCash })} isBusy={isSending} />}
      {needsSecond && (
        <SecondPerson word={draft.word} onChange={second} onEnter={onGive} mayBeAsked={({ supervises }) => supervises.includes("return.create")} hint={t("returns.second")} />
      )}
      <Refusal error={error} />
      <Button kind="primary" size="huge" blocked={blocked} disabled={isSending} onClick={onGive}>
        {isSending ? t("pay.recording") : t("returns.give", { amount: money.amount(refund) })}
      </Button>
    </section>
  );
}

/** Why it is less than what the goods had cost. */
function Why({ quote }: { quote: ReturnQuote }) {
  const { t } = useTranslation("station");
  const money = useMoney();
  const say = useLost();
  if (quote.lost.length === 0 && quote.charged.length === 0) return null;
  return (
    <ul className="flex flex-col gap-1 rounded-field bg-amber-wash px-4 py-3 text-amber">
      {quote.lost.map((lost) => (
        <li key={lost.promotion_id} className="flex justify-between gap-3">
          <span className="min-w-0 wrap-anywhere">{say(lost)}</span>
          <span className="shrink-0">{money.amount(-lost.amount_minor)}</span>
        </li>
      ))}
      {quote.charged.map(({ line, name, amount_minor }) => (
        <li key={line} className="flex justify-between gap-3">
          <span className="min-w-0 wrap-anywhere">{t("returns.gift", { name })}</span>
          <span className="shrink-0">{money.amount(-amount_minor)}</span>
        </li>
      ))}
    </ul>
  );
}

interface HowProps {
  quote: ReturnQuote;
  isCash: boolean;
  onChange: (isCash: boolean) => void;
  isBusy: boolean;
}

/** To the card that it was paid by, or in cash. */
function How({ quote, isCash, onChange, isBusy }: HowProps) {
  const { t } = useTranslation(["station", "common"]);
  const money = useMoney();
  const given = tendersOf(quote, isCash);
  return (
    <fieldset className="flex flex-col gap-2" disabled={isBusy}>
      <legend className="mb-2 font-semibold">{t("returns.how")}</legend>
      {quote.card_most_minor > 0 && (
        <div className="flex flex-wrap gap-2">
          <Chip isOn={!isCash} onClick={() => onChange(false)}>
            {t("returns.toCard")}
          </Chip>
          <Chip isOn={isCash} onClick={() => onChange(true)}>
            {t("returns.inCash")}
          </Chip>
        </div>
      )}
      <ul>
        {given.map(({ kind, amount_minor }) => (
          <li key={kind} className="flex justify-between gap-3 text-lg">
            <span>{t(`tender.${kind}`, { ns: "common" })}</span>
            <span className="font-semibold">{money.amount(amount_minor)}</span>
          </li>
        ))}
      </ul>
    </fieldset>
  );
}

/** How a refund is given: as the edge proposes, or all of it from the drawer. */
export function tendersOf(quote: ReturnQuote, isCash: boolean): Tender[] {
  if (!isCash) return quote.tenders;
  return quote.refund_minor > 0 ? [{ kind: "cash", amount_minor: quote.refund_minor, reference: null }] : [];
}

function Chip({ isOn, onClick, children }: { isOn: boolean; onClick: () => void; children: string }) {
  return (
    <button
      type="button"
      aria-pressed={isOn}
      onClick={onClick}
      className="min-h-12 rounded-full border border-edge bg-surface px-4 font-medium hover:bg-sunken aria-pressed:border-pine aria-pressed:bg-pine-wash"
    >
      {children}
    </button>
  );
}
