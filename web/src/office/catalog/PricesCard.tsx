import { useMutation, useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { clsx } from "clsx";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";

import type { PriceVersion, Product } from "../../api/cloud";
import { useMoney } from "../../format/CurrencyContext";
import { readAmount } from "../../format/entry";
import { formatInstant } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { Button } from "../../ui/Button";
import { Failure, Refusal, Skeleton } from "../../ui/states";
import { instantOf } from "../list/draft";
import { useSession } from "../session/SessionContext";
import { DataTable } from "../ui/DataTable";
import { Card } from "../ui/PageHead";
import { SelectField } from "../ui/SelectField";
import { TextField } from "../ui/TextField";
import { inOrder } from "./draft";
import { priceLists, pricesOf, putPrices } from "./queries";
import { placeOf, stateOf } from "./timeline";

type Variant = Product["variants"][number];

/** What a product cost, costs and will cost in each list, on a time line; and a price for later. */
export function PricesCard({ product, mayPrice }: { product: Product; mayPrice: boolean }) {
  const { t } = useTranslation("office");
  const variants = inOrder(product);
  const [id, setId] = useState(variants[0]?.id ?? "");
  const variant = variants.find((one) => one.id === id) ?? variants[0];
  if (!variant) return null;
  return (
    <Card title={t("catalog.prices.title")}>
      <div className="flex flex-col gap-4 px-5 pb-5">
        {variants.length > 1 && (
          <div className="sm:w-80">
            <SelectField label={t("catalog.variant")} value={variant.id} options={variants.map((one): [string, string] => [one.id, nameOf(one)])} onChange={setId} />
          </div>
        )}
        <Versions variant={variant} />
        {mayPrice && <Schedule product={product} />}
      </div>
    </Card>
  );
}

const nameOf = (variant: Variant) => [variant.sku, ...(variant.options ?? [])].join(" · ");

function Versions({ variant }: { variant: Variant }) {
  const { t } = useTranslation("office");
  const money = useMoney();
  const locale = useLocale();
  const { now } = useSession();
  const found = useQuery(pricesOf(variant.id));
  if (found.isPending) return <Skeleton rows={2} />;
  if (!found.data) return <Failure error={found.error} onRetry={() => void found.refetch()} />;
  if (found.data.length === 0) return <p className="text-soft">{t("catalog.prices.none")}</p>;
  const lists = [...new Set(found.data.map(({ price_list }) => price_list))];
  return (
    <>
      {lists.map((list) => (
        <Line key={list} list={list} versions={found.data.filter(({ price_list }) => price_list === list)} now={now} />
      ))}
      <DataTable
        label={t("catalog.prices.title")}
        rows={found.data}
        id={(row) => String(row.version)}
        columns={[
          { name: "list", header: t("catalog.prices.list"), isTitle: true, cell: (row) => row.price_list },
          { name: "state", header: t("catalog.state"), cell: (row) => t(`catalog.prices.state.${stateOf(row, now)}`) },
          { name: "from", header: t("catalog.prices.from"), cell: (row) => (row.valid_from ? formatInstant(row.valid_from, locale) : t("catalog.prices.always")) },
          { name: "until", header: t("catalog.prices.until"), cell: (row) => (row.valid_until ? formatInstant(row.valid_until, locale) : t("catalog.prices.open")) },
          { name: "amount", header: t("catalog.prices.amount"), isNumber: true, cell: (row) => money.decimal(row.amount) },
        ]}
      />
    </>
  );
}

/** Prices of one list beside each other, as wide as they count; a stroke where now is. */
function Line({ list, versions, now }: { list: string; versions: PriceVersion[]; now: string }) {
  const { t } = useTranslation("office");
  const money = useMoney();
  const place = placeOf(versions, now);
  const label = t("catalog.prices.line", { list });
  return (
    <div>
      <p aria-hidden className="mb-1 text-sm text-faint">
        {list}
      </p>
      <div role="img" aria-label={label} className="relative h-10 overflow-hidden rounded-field bg-sunken">
        {versions.map((one) => {
          const { start, end } = place(one);
          return (
            <span
              key={one.version}
              className={clsx(
                "absolute inset-y-0 truncate border-l-2 border-surface px-2 py-2 text-sm font-medium",
                stateOf(one, now) === "now" ? "bg-pine text-white" : "bg-pine-wash text-ink",
              )}
              style={{ left: `${start}%`, width: `${Math.max(end - start, 0.5)}%` }}
            >
              {money.decimal(one.amount)}
            </span>
          );
        })}
        <span className="absolute inset-y-0 w-0.5 bg-rust" style={{ left: `${place.now}%` }} />
      </div>
    </div>
  );
}

const EVERY = "";

function Schedule({ product }: { product: Product }) {
  const { t } = useTranslation("office");
  const client = useQueryClient();
  const field = useId();
  const lists = useQuery(priceLists).data ?? [];
  const standard = lists.find(({ code }) => code === "standard")?.id ?? "";
  const locale = useLocale();
  const [list, setList] = useState("");
  const [whom, setWhom] = useState(EVERY);
  const [amount, setAmount] = useState("");
  const [when, setWhen] = useState("");
  const active = inOrder(product).filter((one) => one.active);
  const known = useQueries({ queries: active.map((one) => pricesOf(one.id)) });
  const chosen = active.filter((one) => whom === EVERY || one.id === whom);
  const per = (one: Variant) => known[active.indexOf(one)]?.data?.[0]?.per_quantity ?? (one.unit === "piece" ? 1 : 1000);
  const saving = useMutation({
    mutationFn: () => {
      const prices = chosen.map((one) => ({ variant_id: one.id, amount: readAmount(amount, locale), per_quantity: per(one) }));
      return putPrices(list || standard, prices, instantOf(when));
    },
    onSuccess: () => {
      setAmount("");
      for (const key of ["prices", "catalog-changes", "product"]) void client.invalidateQueries({ queryKey: [key] });
    },
  });
  const isMissing = !amount.trim() || !when || chosen.length === 0;
  return (
    <fieldset className="grid items-end gap-3 rounded-field border border-line p-3 sm:grid-cols-2 lg:grid-cols-5">
      <legend className="px-1 font-medium text-soft">{t("catalog.prices.schedule")}</legend>
      <SelectField label={t("catalog.prices.list")} value={list || standard} options={lists.map(({ id, name }): [string, string] => [id, name])} onChange={setList} />
      <SelectField
        label={t("catalog.prices.whom")}
        value={whom}
        options={[[EVERY, t("catalog.prices.all")], ...active.map((one): [string, string] => [one.id, nameOf(one)])]}
        onChange={setWhom}
      />
      <TextField label={t("catalog.prices.amount")} value={amount} onChange={setAmount} />
      <div>
        <label htmlFor={field} className="mb-1 block font-medium text-soft">
          {t("catalog.prices.when")}
        </label>
        <input
          id={field}
          type="datetime-local"
          value={when}
          onChange={(event) => setWhen(event.target.value)}
          className="min-h-12 w-full rounded-field border border-edge bg-surface px-3"
        />
      </div>
      <Button disabled={saving.isPending} blocked={isMissing ? t("catalog.prices.missing") : null} onClick={() => saving.mutate()}>
        {t("catalog.prices.enter")}
      </Button>
      <Refusal error={saving.error} className="sm:col-span-2 lg:col-span-5" />
    </fieldset>
  );
}
