import { useTranslation } from "react-i18next";

import type { Overview } from "../../api/cloud";
import { useMoney } from "../../format/CurrencyContext";
import { formatQuantity } from "../../format/quantity";
import { useLocale } from "../../i18n/useLocale";
import { Empty } from "../../ui/states";

/** The ten products with the most revenue; the bars compare with the first. */
export function TopProducts({ products }: { products: Overview["products"] }) {
  const { t } = useTranslation("office");
  const money = useMoney();
  const locale = useLocale();
  const most = products[0]?.revenue_minor ?? 0;
  if (products.length === 0) return <Empty title={t("overview.noProducts")} />;
  return (
    <ol className="flex flex-col gap-3 px-5 pt-1 pb-5">
      {products.map((product) => (
        <li key={product.variant_id}>
          <div className="flex items-baseline justify-between gap-3">
            <span className="min-w-0 font-medium wrap-anywhere">
              {product.name}
            </span>
            <span className="shrink-0 font-semibold">{money.amount(product.revenue_minor)}</span>
          </div>
          <div className="flex items-center gap-3 text-sm text-faint">
            <span aria-hidden className="h-1.5 flex-1 overflow-hidden rounded-full bg-sunken">
              <span
                className="block h-full rounded-full bg-pine"
                style={{ width: `${most > 0 ? Math.max(1, (product.revenue_minor / most) * 100) : 0}%` }}
              />
            </span>
            <span className="w-20 text-right">{formatQuantity(product.quantity, product.unit, locale)}</span>
          </div>
        </li>
      ))}
    </ol>
  );
}
