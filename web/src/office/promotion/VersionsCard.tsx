import { useTranslation } from "react-i18next";

import { formatInstant } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { useCommonZone } from "../session/SessionContext";
import { Chip } from "../ui/Chip";
import { Card } from "../ui/PageHead";
import type { PromotionDetail } from "./contract";

/** Who made which version, and which one runs. */
export function VersionsCard({ promotion }: { promotion: PromotionDetail }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const zone = useCommonZone();
  const when = (at: string) => formatInstant(at, locale, zone);
  return (
    <Card title={t("promotion.versions.title")}>
      <ol className="divide-y divide-line px-5 pb-3">
        {promotion.versions.map(({ version, at, by_name, started_at }) => (
          <li key={version} className="flex items-start justify-between gap-3 py-3">
            <div>
              <p className="font-medium">{t("promotion.versions.version", { version })}</p>
              <p className="text-sm text-soft">{t("promotion.versions.by", { name: by_name, at: when(at) })}</p>
              {started_at && <p className="text-sm text-soft">{t("promotion.versions.started", { at: when(started_at) })}</p>}
            </div>
            {promotion.running_version === version && <Chip tone="good">{t("promotion.versions.isRunning")}</Chip>}
          </li>
        ))}
      </ol>
      {promotion.stop_reason && promotion.stopped_at && (
        <p className="px-5 pb-5 text-soft">{t("promotion.versions.stopped", { at: when(promotion.stopped_at), reason: promotion.stop_reason })}</p>
      )}
    </Card>
  );
}
