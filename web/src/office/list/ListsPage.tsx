import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { clsx } from "clsx";
import { FileUp, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Category } from "../../api/cloud";
import { formatInstant } from "../../format/when";
import { useLocale } from "../../i18n/useLocale";
import { paths } from "../../paths";
import { Button } from "../../ui/Button";
import { Go, useGo } from "../../ui/Go";
import { treeOf } from "../catalog/tree";
import { mayEverywhere, useQueryText, useSession } from "../session/SessionContext";
import { DataTable, type Column } from "../ui/DataTable";
import { SearchField } from "../ui/ListFilters";
import { PagedTable } from "../ui/PagedTable";
import { PageHead } from "../ui/PageHead";
import { percentOf } from "./draft";
import { isKind, KINDS, kindOf, type Field, type KindName, type Row } from "./kinds";
import { list as listQuery } from "./queries";
import { RecordDialog } from "./RecordDialog";
import { UNITS } from "./units";

const TABS = [...(Object.keys(KINDS) as KindName[]), "units"] as const;

/** What products refer to: categories, brands, suppliers, containers, taxes, price lists; and units, which are fixed. */
export function ListsPage() {
  const { kind = "categories" } = useParams({ strict: false }) as { kind?: string };
  return isKind(kind) ? <Records key={kind} kind={kind} /> : <Units />;
}

function Tabs({ kind }: { kind: string }) {
  const { t } = useTranslation("office");
  return (
    <nav aria-label={t("lists.title")} className="mb-5 flex gap-1 overflow-x-auto border-b border-line">
      {TABS.map((tab) => (
        <Go
          key={tab}
          href={paths.office.list(tab)}
          aria-current={tab === kind ? "page" : undefined}
          className={clsx(
            "flex min-h-12 shrink-0 items-center border-b-2 px-4 font-medium",
            tab === kind ? "border-pine text-pine" : "border-transparent text-soft hover:text-ink",
          )}
        >
          {t(`lists.kinds.${tab}`)}
        </Go>
      ))}
    </nav>
  );
}

function Records({ kind }: { kind: KindName }) {
  const { t } = useTranslation("office");
  const go = useGo();
  const session = useSession();
  const { q = "" } = useQueryText();
  const [open, setOpen] = useState<Row | "new" | null>(null);
  const { permission } = kindOf(kind);
  const mayManage = mayEverywhere(session, permission);
  const found = useInfiniteQuery({ ...listQuery(kind, q), placeholderData: keepPreviousData });
  const all = found.data?.pages.flatMap(({ items }) => items) ?? [];
  const shown = kind === "suppliers" ? found : ({ ...found, data: found.data && { ...found.data, pages: [{ items: narrowed(kind, all, q), next: null }] } } as typeof found);
  const columns = useColumns(kind, all, setOpen);
  return (
    <>
      <PageHead title={t("lists.title")} hint={t("lists.hint")}>
        {mayEverywhere(session, "catalog.manage") && (
          <Button icon={<FileUp aria-hidden className="size-5" />} onClick={() => go(paths.office.imports())}>
            {t("catalog.import.title")}
          </Button>
        )}
        {mayManage && (
          <Button kind="primary" icon={<Plus aria-hidden className="size-5" />} onClick={() => setOpen("new")}>
            {t(`lists.add.${kind}`)}
          </Button>
        )}
      </PageHead>
      <Tabs kind={kind} />
      <div className="mb-4 w-full sm:w-80">
        <SearchField label={t("lists.search")} value={q} onChange={(text) => go(paths.office.list(kind, { q: text }), { replace: true })} />
      </div>
      <PagedTable label={t(`lists.kinds.${kind}`)} list={shown} columns={columns} id={(row) => row.id} empty={{ title: t("lists.empty"), hint: t("lists.emptyHint") }} />
      {open && <RecordDialog kind={kind} row={open === "new" ? undefined : open} rows={all} mayManage={mayManage} onClose={() => setOpen(null)} />}
    </>
  );
}

const plain = (text: unknown) => String(text ?? "").normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase();

/** Those that are searched for; categories in the order of their tree. */
function narrowed(kind: KindName, rows: Row[], q: string): Row[] {
  const fits = (row: Row) => [row.name, row["code"], row["path"]].some((text) => plain(text).includes(plain(q)));
  if (kind !== "categories") return rows.filter(fits);
  const known = new Map(rows.map((row) => [row.id, row]));
  return treeOf(rows as unknown as Category[])
    .map(({ id, path }): Row => ({ id, version: 0, name: "", ...known.get(id), path }))
    .filter(fits);
}

function useColumns(kind: KindName, all: Row[], open: (row: Row) => void): Column<Row>[] {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const { fields, count }: { fields: readonly Field[]; count?: "products" | "variants" } = kindOf(kind);
  const value = ({ input, name }: Field, row: Row) => {
    const of = row[name];
    if (input === "flag") return t(of ? "lists.yes" : "lists.no");
    if (input === "percent") return `${percentOf(Number(of))} %`;
    if (input === "instant") return typeof of === "string" ? formatInstant(of, locale) : "–";
    return of === null || of === undefined ? "" : String(of);
  };
  const others = fields.filter(({ name, input }) => name !== "name" && input !== "parent");
  return [
    {
      name: "name",
      header: t("lists.fields.name"),
      isTitle: true,
      cell: (row) => {
        const above = typeof row["path"] === "string" ? row["path"].split(" > ").slice(0, -1) : [];
        return (
          <button
            type="button"
            onClick={() => open(all.find(({ id }) => id === row.id) ?? row)}
            className="min-h-12 text-left font-semibold text-pine underline"
            style={{ marginInlineStart: `${above.length * 1.5}rem` }}
          >
            {row.name}
            {above.length > 0 && <span className="block text-sm font-normal text-soft">{above.join(" > ")}</span>}
          </button>
        );
      },
    },
    ...others.map((field): Column<Row> => ({
      name: field.name,
      header: t(`lists.fields.${field.name}`),
      isNumber: field.input === "percent" || field.input === "whole",
      isWide: field.name === "address" || field.name === "currency",
      cell: (row) => value(field, row),
    })),
    ...(count ? [{ name: count, header: t(`lists.${count}`), isNumber: true, cell: (row: Row) => String(row[count] ?? 0) }] : []),
  ];
}

function Units() {
  const { t } = useTranslation("office");
  const locale = useLocale();
  return (
    <>
      <PageHead title={t("lists.title")} hint={t("lists.unit.hint")} />
      <Tabs kind="units" />
      <DataTable
        label={t("lists.kinds.units")}
        rows={UNITS}
        id={(unit) => unit.code}
        columns={[
          { name: "code", header: t("lists.unit.code"), isTitle: true, cell: (unit) => unit.code },
          { name: "base", header: t("lists.unit.base"), cell: (unit) => unit.base },
          { name: "factor", header: t("lists.unit.factor"), isNumber: true, cell: (unit) => new Intl.NumberFormat(locale).format(unit.factor) },
        ]}
      />
    </>
  );
}
