import { useTranslation } from "react-i18next";

import { useLocale } from "../../i18n/useLocale";
import type { Sample } from "./useFlow";

const WIDTH = 600;
const HEIGHT = 96;

/** How many records were on their way, moment by moment. */
export function FlowChart({ samples }: { samples: Sample[] }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const number = new Intl.NumberFormat(locale);
  const most = Math.max(0, ...samples.map(({ count }) => count));
  const now = samples.at(-1)?.count ?? 0;
  const first = samples[0]?.at ?? 0;
  const span = Math.max(1, (samples.at(-1)?.at ?? 0) - first);
  const points = samples.map(({ at, count }) => {
    const x = ((at - first) / span) * WIDTH;
    const y = HEIGHT - 2 - (most === 0 ? 0 : (count / most) * (HEIGHT - 8));
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  const label = t("integrity.flowNow", { count: now, most: number.format(most) });
  return (
    <div className="px-5 pb-5">
      <p className="text-sm text-soft">{t("integrity.flowHint")}</p>
      <svg role="img" aria-label={label} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" className="mt-2 h-24 w-full">
        {points.length > 1 && (
          <>
            <polygon points={`0,${HEIGHT} ${points.join(" ")} ${WIDTH},${HEIGHT}`} className="fill-sky-wash" />
            <polyline points={points.join(" ")} fill="none" strokeWidth="2.5" vectorEffect="non-scaling-stroke" className="stroke-sky" />
          </>
        )}
      </svg>
      <p className="mt-1 font-semibold">{label}</p>
    </div>
  );
}
