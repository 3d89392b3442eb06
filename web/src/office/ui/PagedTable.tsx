import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { Button } from "../../ui/Button";
import { Empty, Failure, Skeleton } from "../../ui/states";
import { DataTable, type Column } from "./DataTable";

interface PagedTableProps<T> {
  label: string;
  list: UseInfiniteQueryResult<InfiniteData<{ items: T[]; next?: string | null }>>;
  columns: Column<T>[];
  id: (row: T) => string;
  href?: (row: T) => string;
  empty: { title: string; hint: string };
}

/** Pages of a list, one below the other, with every state it can be in. */
export function PagedTable<T>({ label, list, columns, id, href, empty }: PagedTableProps<T>) {
  const { t } = useTranslation();
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  if (list.isPending) return <Skeleton rows={8} />;
  if (list.error && rows.length === 0) return <Failure error={list.error} onRetry={() => void list.refetch()} />;
  if (rows.length === 0) return <Empty {...empty} />;
  return (
    <div aria-busy={list.isPlaceholderData} className={list.isPlaceholderData ? "opacity-60" : ""}>
      <DataTable label={label} rows={rows} columns={columns} id={id} {...(href ? { href } : {})} />
      {list.hasNextPage && (
        <Button className="mt-4 w-full" disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {list.isFetchingNextPage ? t("loading") : t("loadMore")}
        </Button>
      )}
    </div>
  );
}
