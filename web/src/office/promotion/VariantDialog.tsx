import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { ChevronRight } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Dialog } from "../../ui/Dialog";
import { Empty, Failure, Skeleton } from "../../ui/states";
import { product as productQuery, products } from "../catalog/queries";
import { SearchField } from "../ui/ListFilters";
import { rememberName } from "./useWords";

export interface Chosen {
  id: string;
  name: string;
  unit: string;
}

/** One variant: a product is touched, and where it has several, one of them. */
export function VariantDialog({ title, onChoose, onClose }: { title: string; onChoose: (chosen: Chosen) => void; onClose: () => void }) {
  const { t } = useTranslation("office");
  const client = useQueryClient();
  const [q, setQ] = useState<string | undefined>();
  const [product, setProduct] = useState<string>();
  const found = useInfiniteQuery({ ...products({ q }), placeholderData: keepPreviousData });
  const rows = found.data?.pages.flatMap(({ items }) => items) ?? [];
  const choose = (chosen: Chosen) => {
    rememberName(client, "variants", chosen.id, chosen.name);
    onChoose(chosen);
    onClose();
  };
  const open = async (id: string) => {
    const { variants } = await client.fetchQuery(productQuery(id));
    const sold = variants.filter(({ active }) => active);
    const [only] = sold;
    if (only && sold.length === 1) choose({ id: only.id, name: only.name ?? only.sku, unit: only.unit });
    else setProduct(id);
  };
  return (
    <Dialog title={title} onClose={onClose} className="sm:max-w-xl">
      <div className="flex flex-col gap-4">
        <SearchField
          label={t("promotion.goods.search")}
          value={q}
          onChange={(text) => {
            setProduct(undefined);
            setQ(text);
          }}
        />
        {found.isPending && <Skeleton rows={4} />}
        {found.error && rows.length === 0 && <Failure error={found.error} onRetry={() => void found.refetch()} />}
        {found.isSuccess && rows.length === 0 && <Empty title={t("promotion.goods.none")} hint={t("promotion.goods.noneHint")} />}
        {product ? (
          <Variants product={product} onChoose={choose} />
        ) : (
          <ul className="max-h-96 divide-y divide-line overflow-y-auto rounded-field border border-line empty:hidden">
            {rows.map(({ id, name, sku, brand, variants }) => (
              <Row key={id} name={name} hint={[sku, brand].filter(Boolean).join(" · ")} hasMore={variants > 1} onClick={() => void open(id).catch(() => undefined)} />
            ))}
          </ul>
        )}
      </div>
    </Dialog>
  );
}

function Variants({ product, onChoose }: { product: string; onChoose: (chosen: Chosen) => void }) {
  const { t } = useTranslation("office");
  const found = useQuery(productQuery(product));
  if (!found.data) return <Skeleton rows={3} />;
  return (
    <section aria-label={t("promotion.goods.variant")}>
      <h3 className="mb-2 font-semibold">
        {found.data.name}: {t("promotion.goods.variant")}
      </h3>
      <ul className="max-h-96 divide-y divide-line overflow-y-auto rounded-field border border-line">
        {found.data.variants
          .filter(({ active }) => active)
          .map(({ id, name, sku, unit }) => (
            <Row key={id} name={name ?? sku} hint={sku} hasMore={false} onClick={() => onChoose({ id, name: name ?? sku, unit })} />
          ))}
      </ul>
    </section>
  );
}

function Row({ name, hint, hasMore, onClick }: { name: string; hint: string; hasMore: boolean; onClick: () => void }) {
  return (
    <li>
      <button type="button" onClick={onClick} className="flex min-h-14 w-full items-center gap-3 px-4 py-1.5 text-left hover:bg-sunken">
        <span className="min-w-0 flex-1">
          <span className="block font-medium wrap-anywhere">{name}</span>
          {hint && <span className="block text-sm text-faint wrap-anywhere">{hint}</span>}
        </span>
        {hasMore && <ChevronRight aria-hidden className="size-5 shrink-0 text-soft" />}
      </button>
    </li>
  );
}
