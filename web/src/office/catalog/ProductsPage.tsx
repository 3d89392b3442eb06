import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { FileUp, Plus } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { ProductSummary } from "../../api/cloud";
import { useMoney } from "../../format/CurrencyContext";
import { paths } from "../../paths";
import { Button } from "../../ui/Button";
import { useGo } from "../../ui/Go";
import { mayEverywhere, useQueryText, useSession } from "../session/SessionContext";
import type { Column } from "../ui/DataTable";
import { Choice } from "../ui/Choice";
import { SearchField } from "../ui/ListFilters";
import { LongTable } from "../ui/LongTable";
import { PageHead } from "../ui/PageHead";
import { categories, products } from "./queries";
import { treeOf } from "./tree";

/** Everything that is sold, by name. */
export function ProductsPage() {
  const { t } = useTranslation("office");
  const go = useGo();
  const session = useSession();
  const { q, category, state } = useQueryText();
  const filter = { q, category, state };
  const list = useInfiniteQuery({ ...products(filter), placeholderData: keepPreviousData });
  const tree = treeOf(useQuery(categories).data ?? []);
  const columns = useColumns(list.data?.pages.some(({ items }) => items.some(({ picture }) => picture)) ?? false);
  const mayManage = mayEverywhere(session, "catalog.manage");
  const narrow = (change: Partial<typeof filter>) => go(paths.office.products({ ...filter, ...change }), { replace: true });
  return (
    <>
      <PageHead title={t("catalog.title")} hint={t("catalog.hint")}>
        {mayManage && (
          <Button icon={<FileUp aria-hidden className="size-5" />} onClick={() => go(paths.office.imports())}>
            {t("catalog.import.title")}
          </Button>
        )}
        {mayManage && (
          <Button kind="primary" icon={<Plus aria-hidden className="size-5" />} onClick={() => go(paths.office.product("new"))}>
            {t("catalog.new")}
          </Button>
        )}
      </PageHead>
      <div className="mb-4 flex flex-wrap items-end gap-3">
        <div className="w-full sm:w-80">
          <SearchField label={t("catalog.search")} value={q} onChange={(text) => narrow({ q: text })} />
        </div>
        <Choice
          label={t("catalog.category")}
          value={category ?? ""}
          options={[["", t("catalog.allCategories")], ...tree.map(({ id, path }): [string, string] => [id, path])]}
          onChange={(id) => narrow({ category: id || undefined })}
        />
        <Choice
          label={t("catalog.state")}
          value={state ?? ""}
          options={[
            ["", t("catalog.states.active")],
            ["retired", t("catalog.states.retired")],
            ["all", t("catalog.states.all")],
          ]}
          onChange={(value) => narrow({ state: value || undefined })}
        />
      </div>
      <LongTable
        label={t("catalog.title")}
        list={list}
        columns={columns}
        id={(row) => row.id}
        href={(row) => paths.office.product(row.id)}
        empty={{ title: t("catalog.empty"), hint: t("catalog.emptyHint") }}
      />
    </>
  );
}

/** With pictures, names stand beside them, also those of products that have none. */
function useColumns(hasPictures: boolean): Column<ProductSummary>[] {
  const { t } = useTranslation("office");
  const money = useMoney();
  const price = (row: ProductSummary) => {
    if (!row.lowest || !row.highest) return <span className="text-faint">{t("catalog.noPrice")}</span>;
    return row.lowest === row.highest ? money.decimal(row.lowest) : `${money.decimal(row.lowest)} – ${money.decimal(row.highest)}`;
  };
  return [
    {
      name: "name",
      header: t("catalog.product"),
      isTitle: true,
      cell: (row) => (
        <span className="flex items-center gap-3">
          {hasPictures && <Thumbnail hash={row.picture} />}
          <span className="block min-w-0 flex-1 truncate">
            {row.name}
            <span className="block truncate text-sm font-normal text-faint">{[row.sku, row.brand].filter(Boolean).join(" · ")}</span>
          </span>
        </span>
      ),
    },
    { name: "category", header: t("catalog.category"), cell: (row) => row.category ?? "" },
    {
      name: "variants",
      header: t("catalog.variants"),
      isNumber: true,
      cell: (row) => (row.active === 0 ? t("catalog.states.retired") : row.active),
    },
    { name: "price", header: t("catalog.price"), isNumber: true, cell: price },
  ];
}

/** Beside its name, so that it says nothing of its own. */
function Thumbnail({ hash }: { hash: string | null | undefined }) {
  const look = "size-12 shrink-0 rounded-field";
  if (!hash) return <span aria-hidden className={`${look} bg-sunken`} />;
  return <img src={paths.office.picture(hash)} alt="" loading="lazy" width={48} height={48} className={`${look} bg-white object-contain`} />;
}
