import { keepPreviousData, useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Minus, PackageSearch, Plus, ShoppingCart, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { StockItem } from "../../api/cloud";
import { newId } from "../../api/id";
import { formatQuantity, isMeasured } from "../../format/quantity";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { Button, IconButton } from "../../ui/Button";
import { useGo } from "../../ui/Go";
import { Empty, Failure, Refusal, Skeleton } from "../../ui/states";
import { useSession } from "../session/SessionContext";
import { stock } from "../stock/queries";
import { BackLink } from "../ui/BackLink";
import { SearchField } from "../ui/ListFilters";
import { Card, PageHead } from "../ui/PageHead";
import { SelectField } from "../ui/SelectField";
import { TextField } from "../ui/TextField";
import { placeOrder } from "./queries";

interface CartLine {
  item: StockItem;
  quantity: number;
}

/** What one tap adds of goods by measure: half a kilogram, half a litre. */
const MEASURED_STEP = 500;
const stepOf = (unit: string) => (isMeasured(unit) ? MEASURED_STEP : 1);

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

function Cart({ cart, onQuantity }: { cart: CartLine[]; onQuantity: (item: StockItem, quantity: number) => void }) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const go = useGo();
  const client = useQueryClient();
  const { locations } = useSession();
  const [id] = useState(newId);
  const [customer, setCustomer] = useState("");
  const [branch, setBranch] = useState("");
  const place = useMutation({
    mutationFn: () =>
      placeOrder(id, {
        customer: customer.trim(),
        lines: cart.map(({ item, quantity }) => ({ variant_id: item.variant_id, quantity })),
        ...(branch && { location_id: branch }),
      }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["orders"] });
      go(paths.office.order(id));
    },
  });
  return (
    <Card title={t("orders.cart")} className="lg:sticky lg:top-6">
      {cart.length === 0 && <Empty icon={<ShoppingCart aria-hidden className="size-7" />} title={t("orders.cartEmpty")} />}
      <ul className="divide-y divide-line">
        {cart.map(({ item, quantity }) => (
          <li key={item.variant_id} className="flex items-center gap-2 px-4 py-2">
            <span className="min-w-0 flex-1 leading-snug font-medium wrap-anywhere">{item.name}</span>
            <IconButton label={t("orders.less", { name: item.name })} onClick={() => onQuantity(item, quantity - stepOf(item.unit))}>
              {quantity > stepOf(item.unit) ? <Minus aria-hidden className="size-5" /> : <Trash2 aria-hidden className="size-5" />}
            </IconButton>
            <strong className="min-w-12 text-center">{formatQuantity(quantity, item.unit, locale)}</strong>
            <IconButton label={t("orders.more", { name: item.name })} onClick={() => onQuantity(item, quantity + stepOf(item.unit))}>
              <Plus aria-hidden className="size-5" />
            </IconButton>
          </li>
        ))}
      </ul>
      <form
        className="flex flex-col gap-4 border-t border-line p-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (cart.length > 0) place.mutate();
        }}
      >
        <TextField label={t("orders.customer")} hint={t("orders.customerHint")} value={customer} onChange={setCustomer} />
        <SelectField
          label={t("orders.pickup")}
          value={branch}
          options={[["", t("orders.anyBranch")], ...locations.map((location): [string, string] => [location.id, location.name])]}
          onChange={setBranch}
        />
        <Refusal error={place.error} />
        <Button type="submit" kind="primary" size="large" disabled={place.isPending} blocked={cart.length > 0 ? null : t("orders.cartEmpty")}>
          {t("orders.place")}
        </Button>
      </form>
    </Card>
  );
}
