import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Minus, Plus, ShoppingCart, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { StockItem } from "../../api/cloud";
import { newId } from "../../api/id";
import { formatQuantity } from "../../format/quantity";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { Button, IconButton } from "../../ui/Button";
import { useGo } from "../../ui/Go";
import { Empty, Refusal } from "../../ui/states";
import { useSession } from "../session/SessionContext";
import { Card } from "../ui/PageHead";
import { SelectField } from "../ui/SelectField";
import { TextField } from "../ui/TextField";
import { CartPrice } from "./CartPrice";
import { stepOf, type CartLine } from "./cartLine";
import { cartQuote, placeOrder, type NewCart } from "./queries";
import { VoucherCodes } from "./VoucherCodes";

interface CartProps {
  cart: CartLine[];
  onQuantity: (item: StockItem, quantity: number) => void;
}

/** The order as it is composed: what it costs is told to the customer before it is placed, and it is placed at that price only. */
export function Cart({ cart, onQuantity }: CartProps) {
  const { t } = useTranslation("office");
  const go = useGo();
  const client = useQueryClient();
  const { locations } = useSession();
  const [id] = useState(newId);
  const [customer, setCustomer] = useState("");
  const [branch, setBranch] = useState("");
  const [vouchers, setVouchers] = useState<string[]>([]);
  const asked: NewCart = {
    lines: cart.map(({ item, quantity }) => ({ variant_id: item.variant_id, quantity })),
    vouchers,
    ...(branch && { location_id: branch }),
  };
  const priced = useQuery({ ...cartQuote(asked), placeholderData: keepPreviousData });
  const quote = cart.length > 0 ? priced.data : undefined;
  const isPricing = cart.length > 0 && (priced.isPending || priced.isPlaceholderData);
  const place = useMutation({
    mutationFn: () => placeOrder(id, { customer: customer.trim(), ...asked, ...(quote && { expected_total_minor: quote.total_minor }) }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["orders"] });
      go(paths.office.order(id));
    },
    // What was told is not so any more: the new price is shown beside the refusal.
    onError: () => client.invalidateQueries({ queryKey: ["cart-quote"] }),
  });
  const blocked = cart.length === 0 ? t("orders.cartEmpty") : isPricing ? t("orders.pricing") : null;
  return (
    <Card title={t("orders.cart")} className="lg:sticky lg:top-6">
      {cart.length === 0 && <Empty icon={<ShoppingCart aria-hidden className="size-7" />} title={t("orders.cartEmpty")} />}
      <Lines cart={cart} onQuantity={onQuantity} />
      {cart.length > 0 && <CartPrice quote={quote} error={priced.error} names={cart.map(({ item }) => item.name)} />}
      {cart.length > 0 && <VoucherCodes cart={asked} said={quote?.vouchers ?? []} onChange={setVouchers} />}
      <form
        className="flex flex-col gap-4 border-t border-line p-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (blocked === null) place.mutate();
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
        <Button type="submit" kind="primary" size="large" disabled={place.isPending} blocked={blocked}>
          {t("orders.place")}
        </Button>
      </form>
    </Card>
  );
}

function Lines({ cart, onQuantity }: CartProps) {
  const { t } = useTranslation("office");
  const locale = useLocale();
  return (
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
  );
}
