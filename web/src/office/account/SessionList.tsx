import { useTranslation } from "react-i18next";

import type { SignedIn } from "../../api/cloud";
import { formatInstant } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { browserOf } from "../../ui/browserOf";
import { Button } from "../../ui/Button";
import { Chip } from "../ui/Chip";

/** Browsers in which somebody is signed in. */
export function SessionList({ sessions, onEnd }: { sessions: SignedIn[]; onEnd?: (id: string) => void }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  if (sessions.length === 0) return <p className="px-5 pb-5 text-soft">{t("account.noSessions")}</p>;
  return (
    <ul className="divide-y divide-line">
      {sessions.map((one) => (
        <li key={one.id} className="flex flex-wrap items-center gap-x-4 gap-y-2 px-5 py-3">
          <div className="mr-auto min-w-0">
            <p className="font-medium wrap-anywhere">
              {browserOf(one.user_agent) || t("account.unknownBrowser")} {one.address && <span className="text-faint">· {one.address}</span>}
            </p>
            <p className="text-sm text-soft">
              {one.provider ?? t("account.byPassword")}
              {one.second_factor && ` · ${t("account.withFactor")}`} · {t("account.lastSeen", { when: formatInstant(one.last_seen_at, locale) })}
            </p>
          </div>
          {one.current && <Chip tone="good">{t("account.thisOne")}</Chip>}
          {!one.current && onEnd && (
            <Button kind="quiet" onClick={() => onEnd(one.id)}>
              {t("account.end")}
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}
