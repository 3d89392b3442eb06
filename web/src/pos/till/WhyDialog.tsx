import { useTranslation } from "react-i18next";

import type { Quote } from "../../api/edge";
import { useMoney } from "../../format/CurrencyContext";
import { useLocale } from "../../i18n/useLocale";
import { Dialog } from "../../ui/Dialog";
import { beatenOn, exhausted, firedOn, giftOn, hints, missingGifts, unnamed } from "../../ui/reasons";
import { useBasket } from "./BasketContext";
import { useHintText } from "./HintStrip";

/** Why a line, or the basket, costs what it costs: what fired, what came before what, what is missing. */
export function WhyDialog({ quote, line, onClose }: { quote: Quote; line: number | null; onClose: () => void }) {
  const { t } = useTranslation("station");
  const locale = useLocale();
  const money = useMoney();
  const say = useHintText();
  const { reasons } = quote;
  const lines = quote.lines.filter((one) => line === null || one.line === line);
  const only = line === null ? undefined : quote.lines[line];
  const near = hints(reasons, locale);
  const isNamed = useBasket().basket.patron !== null;
  const gone = exhausted(reasons, locale, isNamed);
  const nameless = unnamed(reasons, locale, isNamed);
  const missing = missingGifts(reasons, locale);
  const isNothing = near.length + gone.length + nameless.length + missing.length === 0;
  return (
    <Dialog title={only ? t("why.titleOf", { name: only.name }) : t("why.title")} onClose={onClose} className="sm:max-w-xl">
      <div className="flex flex-col gap-5">
        {lines.map((one) => (
          <LineReasons key={one.line} quote={quote} line={one.line} isAlone={line !== null} />
        ))}
        {!isNothing && (
          <section>
            <h3 className="mb-1 font-semibold">{t("why.could")}</h3>
            <ul className="space-y-1 text-soft">
              {missing.map(({ key, name, missing: units }) => (
                <li key={key} className="text-amber">{t("why.giftMissingUnits", { name, count: units })}</li>
              ))}
              {nameless.map((name) => (
                <li key={name}>{t("why.nameCustomer", { name })}</li>
              ))}
              {near.map((hint) => (
                <li key={hint.key}>{say(hint)}</li>
              ))}
              {gone.map((name) => (
                <li key={name}>{t("why.exhausted", { name })}</li>
              ))}
            </ul>
          </section>
        )}
        {reasons?.search === "bounded" && <p className="text-sm text-soft">{t("why.bounded")}</p>}
        <p className="flex justify-between gap-3 border-t border-line pt-3 text-lg font-semibold">
          <span>{t("why.saved")}</span>
          <span>{money.amount(quote.promoted_minor)}</span>
        </p>
      </div>
    </Dialog>
  );
}

function LineReasons({ quote, line, isAlone }: { quote: Quote; line: number; isAlone: boolean }) {
  const { t } = useTranslation("station");
  const locale = useLocale();
  const money = useMoney();
  const { reasons } = quote;
  const { name = "", gross_minor = 0, total_minor = 0, discount_minor = 0, promoted_minor = 0, discount_reason } = quote.lines[line] ?? {};
  const fired = firedOn(reasons, line, locale);
  const beaten = beatenOn(reasons, line, locale);
  const gift = giftOn(reasons, line, locale);
  const byHand = discount_minor - promoted_minor;
  if (!isAlone && fired.length + beaten.length === 0 && !gift) return null;
  return (
    <section>
      {!isAlone && <h3 className="mb-1 font-semibold">{name}</h3>}
      <dl className="space-y-1">
        <Figure name={t("why.before")} value={money.amount(gross_minor)} />
        {byHand !== 0 && <Figure name={discount_reason || t("discount", { ns: "common" })} value={money.amount(-byHand)} />}
        {gift && <Figure name={t("why.giftOf", { name: gift })} value={money.amount(-promoted_minor)} />}
        {fired.map((one) => (
          <Figure key={one.key} name={one.name} hint={t("why.units", { count: one.units })} value={one.gave_minor === 0 ? t("why.counted") : money.amount(-one.gave_minor)} />
        ))}
        <Figure name={t("why.after")} value={money.amount(total_minor)} isStrong />
      </dl>
      {beaten.length > 0 && (
        <ul className="mt-2 space-y-1 text-sm text-soft">
          {beaten.map((one) => (
            <li key={one.key}>{one.by === "" ? t("why.beaten", { name: one.name, amount: money.amount(one.would_minor) }) : t("why.beatenBy", { name: one.name, by: one.by, amount: money.amount(one.would_minor) })}</li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Figure({ name, hint, value, isStrong = false }: { name: string; hint?: string; value: string; isStrong?: boolean }) {
  return (
    <div className={`flex justify-between gap-3 ${isStrong ? "font-semibold" : ""}`}>
      <dt className="min-w-0 wrap-anywhere">
        {name} {hint && <span className="text-sm text-soft">{hint}</span>}
      </dt>
      <dd className="shrink-0">{value}</dd>
    </div>
  );
}
