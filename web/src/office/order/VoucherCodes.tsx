import { useMutation } from "@tanstack/react-query";
import { TicketPercent, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { CartQuote } from "../../api/cloud";
import { Problem } from "../../api/problem";
import { Button, IconButton } from "../../ui/Button";
import { Refusal } from "../../ui/states";
import { useWording } from "../../ui/useWording";
import { TextField } from "../ui/TextField";
import { priceCart, type NewCart } from "./queries";

type Said = CartQuote["vouchers"];

interface VoucherCodesProps {
  cart: NewCart;
  /** What became of the codes at the last price. */
  said: Said;
  onChange: (codes: string[]) => void;
}

/** A code is asked about before it is taken: what opens nothing is said, and is not part of the order. */
export function VoucherCodes({ cart, said, onChange }: VoucherCodesProps) {
  const { t } = useTranslation("office");
  const [typed, setTyped] = useState("");
  const asking = useMutation({
    mutationFn: async (text: string) => {
      const { vouchers } = await priceCart({ ...cart, vouchers: [...cart.vouchers, text] });
      const last = vouchers.at(-1);
      if (last?.refused) throw new Problem(last.refused, 409, "");
      return vouchers.map(({ code }) => code);
    },
    onSuccess: (codes) => {
      onChange(codes);
      setTyped("");
    },
  });
  const change = (text: string) => {
    asking.reset();
    setTyped(text);
  };
  return (
    <form
      aria-label={t("orders.voucher.title")}
      className="flex flex-col gap-3 border-t border-line p-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (typed.trim() && !asking.isPending) asking.mutate(typed);
      }}
    >
      <ul aria-label={t("orders.voucher.title")} className="flex flex-col gap-2 empty:hidden">
        {cart.vouchers.map((code) => (
          <Code key={code} code={code} said={said.find((one) => one.code === code)} onRemove={() => onChange(cart.vouchers.filter((one) => one !== code))} />
        ))}
      </ul>
      <div className="flex items-end gap-2">
        <div className="min-w-0 flex-1">
          <TextField label={t("orders.voucher.label")} value={typed} onChange={change} isMono />
        </div>
        <Button type="submit" disabled={asking.isPending || !typed.trim()} icon={<TicketPercent aria-hidden className="size-5" />}>
          {t("orders.voucher.add")}
        </Button>
      </div>
      <Refusal error={asking.error} />
    </form>
  );
}

/** A code of the order. It may have been used by somebody else since it was taken. */
function Code({ code, said, onRemove }: { code: string; said: Said[number] | undefined; onRemove: () => void }) {
  const { t } = useTranslation("office");
  const word = useWording();
  const isRefused = Boolean(said?.refused);
  return (
    <li className="flex min-h-12 items-center gap-3 rounded-field bg-paper px-3">
      <span className="min-w-0 flex-1">
        <span className="block font-mono font-medium break-all">{code}</span>
        {said && (
          <span className={`block text-sm ${isRefused ? "font-medium text-rust" : "text-soft"}`}>
            {said.refused ? word(new Problem(said.refused, 409, "")) : t(said.is_used ? "orders.voucher.used" : "orders.voucher.unused")}
          </span>
        )}
      </span>
      <IconButton label={t("orders.voucher.remove", { code })} onClick={onRemove}>
        <X aria-hidden className="size-5" />
      </IconButton>
    </li>
  );
}
