import { Sparkles } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { Reasons } from "../../api/edge";
import { useMoney } from "../../format/CurrencyContext";
import { useLocale } from "../../i18n/useLocale";
import { hints, missingGifts, unnamed, type Hint } from "../../ui/reasons";

/** How a hint is said. */
export function useHintText(): (hint: Hint) => string {
  const { t } = useTranslation("station");
  const money = useMoney();
  return ({ kind, name, units, amount_minor }) => {
    if (kind === "amount") return t("why.nearAmount", { amount: money.amount(amount_minor), name });
    return kind === "units" ? t("why.nearUnits", { count: units, name }) : t("why.nearMore", { name });
  };
}

/** What nearly applies, what waits for the customer's name, and gifts that are not there, in one line that is always there: the buttons below never move. */
export function HintStrip({ reasons, isNamed, onOpen }: { reasons: Reasons | null | undefined; isNamed: boolean; onOpen: () => void }) {
  const { t } = useTranslation("station");
  const locale = useLocale();
  const say = useHintText();
  const missing = missingGifts(reasons, locale).map(({ name }) => t("why.giftMissing", { name }));
  const nameless = unnamed(reasons, locale, isNamed).map((name) => t("why.nameCustomer", { name }));
  const texts = [...missing, ...nameless, ...hints(reasons, locale).map(say)];
  const [first, ...more] = texts;
  return (
    <div role="status" className="h-12 shrink-0 border-t border-line bg-paper">
      {first !== undefined && (
        <button type="button" onClick={onOpen} className="flex h-full w-full items-center gap-2 px-4 text-left text-sm font-medium text-soft hover:bg-sunken">
          <Sparkles aria-hidden className="size-4 shrink-0 text-pine" />
          <span className={`min-w-0 flex-1 truncate ${missing.length > 0 ? "text-amber" : ""}`}>{first}</span>
          {more.length > 0 && <span className="shrink-0 rounded-full bg-sunken px-2 py-0.5">
              <span aria-hidden>+{more.length}</span>
              <span className="sr-only">{t("why.more", { count: more.length })}</span>
            </span>}
        </button>
      )}
    </div>
  );
}
