import { useTranslation } from "react-i18next";

import type { Overview } from "../../api/cloud";
import { useMoney } from "../../format/CurrencyContext";
import { formatQuantity, isMeasured, unitLabel } from "../../format/quantity";
import { formatShortDate } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { Empty } from "../../ui/states";

type Bought = Overview["bought"][number];

/** The ten products for which most was paid, with what they cost on average and how that has moved in four weeks. */
export function TopBought({ products }: { products: Bought[] }) {
  const { t } = useTranslation("office");
  const money = useMoney();
  const locale = useLocale();
  if (products.length === 0) return <Empty title={t("overview.noBought")} />;
  return (
    <ol className="flex flex-col gap-4 px-5 pt-1 pb-5">
      {products.map((product) => (
        <li key={product.variant_id}>
          <div className="flex items-baseline justify-between gap-3">
            <span className="line-clamp-2 min-w-0 font-medium" title={product.name}>
              {product.name}
            </span>
            <span className="shrink-0 font-semibold">{money.amount(product.cost_minor)}</span>
          </div>
          <div className="flex items-end justify-between gap-3 text-sm text-faint">
            <span>
              {formatQuantity(product.quantity, product.unit, locale)} · <AverageCost product={product} />
            </span>
            <Trend product={product} />
          </div>
        </li>
      ))}
    </ol>
  );
}

/** Base units that a cost is told for: a kilogram, a litre, a piece. */
const basis = (unit: string) => (isMeasured(unit) ? 1000 : 1);

/** In minor units, for the basis. */
const average = (cost: number, quantity: number, unit: string) => (quantity === 0 ? 0 : (cost * basis(unit)) / quantity);

function AverageCost({ product }: { product: Bought }) {
  const { t } = useTranslation("office");
  const money = useMoney();
  const locale = useLocale();
  const cost = money.amount(Math.round(average(product.cost_minor, product.quantity, product.unit)));
  const label = unitLabel(product.unit, locale);
  return <>{t("overview.averageCost", { cost: label ? `${cost}/${label}` : cost })}</>;
}

const WIDTH = 72;
const HEIGHT = 22;

/** The average cost by day as a line, and by how much the last one differs from the first. */
function Trend({ product }: { product: Bought }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const costs = product.days.map(({ cost_minor, quantity }) => average(cost_minor, quantity, product.unit));
  const [first, last] = [costs[0], costs.at(-1)];
  if (costs.length < 2 || !first || last === undefined) return null;
  const [least, most] = [Math.min(...costs), Math.max(...costs)];
  const x = (at: number) => (at / (costs.length - 1)) * WIDTH;
  const y = (cost: number) => HEIGHT - 2 - ((cost - least) / (most - least || 1)) * (HEIGHT - 4);
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0, signDisplay: "exceptZero" });
  const change = t("overview.costChange", { change: percent.format(last / first - 1), day: formatShortDate(product.days[0]?.date ?? "", locale) });
  return (
    <span className="flex shrink-0 items-center gap-2" title={change}>
      <svg aria-hidden viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} height={HEIGHT} className="text-pine">
        <polyline
          points={costs.map((cost, at) => `${x(at).toFixed(1)},${y(cost).toFixed(1)}`).join(" ")}
          fill="none"
          stroke="currentColor"
          strokeWidth="1.75"
          strokeLinejoin="round"
        />
      </svg>
      <span>{percent.format(last / first - 1)}</span>
      <span className="sr-only">{change}</span>
    </span>
  );
}
