import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { clsx } from "clsx";
import { Check, Plus, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Empty, Failure, Skeleton } from "../../ui/states";
import { categories, products } from "../catalog/queries";
import { treeOf } from "../catalog/tree";
import { list } from "../list/queries";
import { SearchField } from "../ui/ListFilters";
import { CodeList } from "./CodeList";
import { Options } from "./Fields";
import { GOODS_KINDS, isNamed, type Goods, type GoodsKind, type Named } from "./goods";
import { sayGoods, type Words } from "./sentence";
import { rememberName } from "./useWords";

interface GoodsDialogProps {
  label: string;
  value: Goods;
  onChange: (goods: Goods) => void;
  words: Words;
  onClose: () => void;
}

const SHOWN: readonly GoodsKind[] = ["products", "categories", "brands", "tags", "variants"];
/** Chosen ones of a kind that are shown one by one. */
const MOST_CHIPS = 12;

/** Goods are chosen by touch: by product, category, brand or tag, or from a list of codes; and what is not meant. */
export function GoodsDialog({ label, value, onChange, words, onClose }: GoodsDialogProps) {
  const { t } = useTranslation("office");
  const client = useQueryClient();
  const [side, setSide] = useState<keyof Goods>("any");
  const [kind, setKind] = useState<GoodsKind>(() => GOODS_KINDS.find((one) => (value.any[one] ?? []).length > 0) ?? "products");
  const [q, setQ] = useState<string | undefined>();
  const named = value[side];
  const set = (next: Named) => onChange({ ...value, [side]: next });
  const turn = (id: string, name: string) => {
    rememberName(client, kind, id, name);
    const chosen = named[kind] ?? [];
    set({ ...named, [kind]: chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id] });
  };
  const search = { q, chosen: named[kind] ?? [], onTurn: turn };
  return (
    <Dialog title={t("promotion.goods.title")} description={label} onClose={onClose} className="sm:max-w-2xl">
      <div className="flex flex-col gap-4">
        <Options label={t("promotion.goods.chosen")} value={side} options={[["any", t("promotion.goods.wanted")], ["but", t("promotion.goods.but")]]} onChange={setSide} />
        <Chips named={named} words={words} empty={t(side === "any" ? "promotion.goods.nothing" : "promotion.goods.nothingBut")} onChange={set} />
        <Options label={t("promotion.goods.kind")} value={kind} options={SHOWN.map((one) => [one, t(`promotion.goods.kinds.${one}`)] as const)} onChange={setKind} />
        {kind === "variants" ? (
          <CodeList
            onFound={(found) => {
              for (const { id, name } of found) rememberName(client, "variants", id, name);
              set({ ...named, variants: [...new Set([...(named.variants ?? []), ...found.map(({ id }) => id)])] });
            }}
          />
        ) : (
          <SearchField label={t("promotion.goods.search")} value={q} onChange={setQ} />
        )}
        {kind === "products" && <Products {...search} />}
        {kind === "categories" && <Categories {...search} />}
        {kind === "brands" && <Brands {...search} />}
        {kind === "tags" && <Tags {...search} />}
        <p className="rounded-field bg-sunken px-4 py-3 font-medium first-letter:uppercase" role="status">
          {sayGoods(value, words)}
        </p>
        <Button kind="primary" size="large" onClick={onClose}>
          {t("promotion.goods.done")}
        </Button>
      </div>
    </Dialog>
  );
}

function Chips({ named, words, empty, onChange }: { named: Named; words: Words; empty: string; onChange: (named: Named) => void }) {
  const { t } = useTranslation("office");
  if (!isNamed(named)) return <p className="text-soft">{empty}</p>;
  return (
    <ul aria-label={t("promotion.goods.chosen")} className="flex flex-wrap gap-2">
      {GOODS_KINDS.flatMap((kind) => {
        const ids = named[kind] ?? [];
        const shown = ids.slice(0, MOST_CHIPS).map((id) => {
          const name = words.name(kind, id) ?? t(`promotion.goods.parts.${kind}`);
          return (
            <li key={`${kind} ${id}`}>
              <button
                type="button"
                aria-label={t("promotion.goods.remove", { name })}
                onClick={() => onChange({ ...named, [kind]: ids.filter((one) => one !== id) })}
                className="inline-flex min-h-12 items-center gap-2 rounded-full border border-mint bg-pine-wash pr-3 pl-4 font-medium text-pine hover:bg-surface"
              >
                <span className="max-w-56 truncate">{name}</span>
                <X aria-hidden className="size-4.5" />
              </button>
            </li>
          );
        });
        const rest = ids.length - shown.length;
        if (rest <= 0) return shown;
        return [
          ...shown,
          <li key={kind} className="inline-flex min-h-12 items-center gap-2 px-2 text-soft">
            {t("promotion.goods.more", { count: rest })}
          </li>,
        ];
      })}
    </ul>
  );
}

interface SearchProps {
  q: string | undefined;
  chosen: string[];
  onTurn: (id: string, name: string) => void;
}

interface Row {
  id: string;
  name: string;
  hint?: string | undefined;
}

function Rows({ rows, chosen, onTurn }: { rows: Row[]; chosen: string[]; onTurn: SearchProps["onTurn"] }) {
  const { t } = useTranslation("office");
  if (rows.length === 0) return <Empty title={t("promotion.goods.none")} hint={t("promotion.goods.noneHint")} />;
  return (
    <ul className="max-h-64 divide-y divide-line overflow-y-auto rounded-field border border-line">
      {rows.map(({ id, name, hint }) => {
        const isChosen = chosen.includes(id);
        return (
          <li key={id}>
            <button
              type="button"
              aria-pressed={isChosen}
              onClick={() => onTurn(id, name)}
              className={clsx("flex min-h-14 w-full items-center gap-3 px-4 py-1.5 text-left hover:bg-sunken", isChosen && "bg-pine-wash")}
            >
              <span className="min-w-0 flex-1">
                <span className="block font-medium wrap-anywhere">{name}</span>
                {hint && <span className="block text-sm text-faint wrap-anywhere">{hint}</span>}
              </span>
              {isChosen ? <Check aria-hidden className="size-6 shrink-0 text-pine" /> : <Plus aria-hidden className="size-6 shrink-0 text-soft" />}
            </button>
          </li>
        );
      })}
    </ul>
  );
}

function Products({ q, chosen, onTurn }: SearchProps) {
  const found = useInfiniteQuery({ ...products({ q }), placeholderData: keepPreviousData });
  const rows = found.data?.pages.flatMap(({ items }) => items) ?? [];
  const { t } = useTranslation();
  if (found.isPending) return <Skeleton rows={4} />;
  if (found.error && rows.length === 0) return <Failure error={found.error} onRetry={() => void found.refetch()} />;
  return (
    <>
      <Rows rows={rows.map(({ id, name, sku, brand, category }) => ({ id, name, hint: [sku, brand, category].filter(Boolean).join(" · ") }))} chosen={chosen} onTurn={onTurn} />
      {found.hasNextPage && (
        <Button disabled={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          {t("loadMore")}
        </Button>
      )}
    </>
  );
}

const plain = (text: string) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const isLike = (text: string, q: string | undefined) => !q || plain(text).includes(plain(q));

function Categories({ q, chosen, onTurn }: SearchProps) {
  const found = useQuery(categories);
  if (found.isPending) return <Skeleton rows={4} />;
  if (found.error && !found.data) return <Failure error={found.error} onRetry={() => void found.refetch()} />;
  const names = new Map(found.data.map(({ id, name }) => [id, name]));
  const rows = treeOf(found.data).filter(({ path }) => isLike(path, q));
  return <Rows rows={rows.map(({ id, path }) => ({ id, name: names.get(id) ?? path, hint: path === names.get(id) ? undefined : path }))} chosen={chosen} onTurn={onTurn} />;
}

function Brands({ q, chosen, onTurn }: SearchProps) {
  const found = useInfiniteQuery(list("brands", ""));
  if (found.isPending) return <Skeleton rows={4} />;
  if (found.error && !found.data) return <Failure error={found.error} onRetry={() => void found.refetch()} />;
  const rows = found.data.pages.flatMap(({ items }) => items).filter(({ name }) => isLike(name, q));
  return <Rows rows={rows.map(({ name }) => ({ id: name, name }))} chosen={chosen} onTurn={onTurn} />;
}

/** Tags of the products that are found, and the one that is typed. */
function Tags({ q, chosen, onTurn }: SearchProps) {
  const { t } = useTranslation("office");
  const found = useInfiniteQuery(products({}));
  const known = new Set([...chosen, ...(found.data?.pages.flatMap(({ items }) => items).flatMap(({ tags }) => tags ?? []) ?? [])]);
  const rows = [...known].filter((tag) => isLike(tag, q)).toSorted();
  const isNew = q !== undefined && !known.has(q);
  return (
    <>
      {(rows.length > 0 || !isNew) && <Rows rows={rows.map((tag) => ({ id: tag, name: tag }))} chosen={chosen} onTurn={onTurn} />}
      {isNew && (
        <Button icon={<Plus aria-hidden className="size-5" />} onClick={() => onTurn(q, q)}>
          {t("promotion.goods.newTag", { tag: q })}
        </Button>
      )}
    </>
  );
}
