import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { PackageSearch, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { StockItem } from "../../api/cloud";
import { formatQuantity } from "../../format/quantity";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { Button } from "../../ui/Button";
import { Empty, Failure, Skeleton } from "../../ui/states";
import { stock } from "../stock/queries";
import { BackLink } from "../ui/BackLink";
import { SearchField } from "../ui/ListFilters";
import { Card, PageHead } from "../ui/PageHead";
import { Cart } from "./Cart";
import { stepOf, type CartLine } from "./cartLine";

/** A customer on the phone: find, add, place. The office promises only units that are somewhere. */
export function NewOrderPage() {
  const { t } = useTranslation("office");
  const [cart, setCart] = useState<CartLine[]>([]);
  const setQuantity = (item: StockItem, quantity: number) => {
    const others = cart.filter((line) => line.item.variant_id !== item.variant_id);
    const isNew = others.length === cart.length;
    if (quantity <= 0) setCart(others);
    else if (isNew) setCart([...cart, { item, quantity }]);
    else setCart(cart.map((line) => (line.item.variant_id === item.variant_id ? { item, quantity } : line)));
  };
  const add = (item: StockItem) => {
    const known = cart.find((line) => line.item.variant_id === item.variant_id)?.quantity ?? 0;
    setQuantity(item, known + stepOf(item.unit));
  };
  return (
    <>
      <BackLink href={paths.office.orders()} label={t("orders.title")} />
      <PageHead title={t("orders.byPhone")} hint={t("orders.byPhoneHint")} />
      <div className="grid items-start gap-5 lg:grid-cols-[3fr_2fr]">
        <Products onAdd={add} />
        <Cart cart={cart} onQuantity={setQuantity} />
      </div>
    </>
  );
}

function Products({ onAdd }: { onAdd: (item: StockItem) => void }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const [q, setQ] = useState<string | undefined>();
  const list = useInfiniteQuery({ ...stock({ q }), placeholderData: keepPreviousData });
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  const show = (quantity: number, unit: string) => formatQuantity(quantity, unit, locale);
  return (
    <Card>
      <div className="p-4">
        <SearchField label={t("filter.product")} value={q} onChange={setQ} />
      </div>
      {list.isPending && <Skeleton rows={6} />}
      {list.error && items.length === 0 && <Failure error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess && items.length === 0 && <Empty icon={<PackageSearch aria-hidden className="size-7" />} title={t("stock.empty")} hint={t("stock.emptyHint")} />}
      <ul aria-label={t("orders.products")} className="divide-y divide-line">
        {items.map((item) => (
          <li key={item.variant_id} className="flex items-center gap-3 px-4 py-2">
            <div className="min-w-0 flex-1">
              <p className="leading-snug font-medium wrap-anywhere">{item.name}</p>
              <p className="text-sm text-faint">
                {t("orders.available", { online: show(item.totals.available, item.unit), shops: show(item.totals.node_rights, item.unit) })}
              </p>
            </div>
            <Button icon={<Plus aria-hidden className="size-5" />} aria-label={t("orders.add", { name: item.name })} onClick={() => onAdd(item)}>
              {t("orders.addShort")}
            </Button>
          </li>
        ))}
      </ul>
    </Card>
  );
}
