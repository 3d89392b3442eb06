import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";
import { clsx } from "clsx";
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "../../ui/Button";
import { Go } from "../../ui/Go";
import { Empty, Failure, Skeleton } from "../../ui/states";
import { DataTable, type Column } from "./DataTable";
import { windowOf } from "./window";

/** Every row is as high: the room of those that are not drawn is known. */
const ROW = 64;
/** Rows before the end at which the next page is asked for. */
const AHEAD = 25;
/** Rows that a jump by a page of the screen goes over. */
const LEAP = 10;

interface LongTableProps<T> {
  label: string;
  list: UseInfiniteQueryResult<InfiniteData<{ items: T[]; next?: string | null }>>;
  columns: Column<T>[];
  id: (row: T) => string;
  href: (row: T) => string;
  empty: { title: string; hint: string };
}

/**
 * A list without an end: pages come as they are scrolled to, and only the rows that are seen are drawn. Arrows go from
 * row to row, Enter opens one.
 */
export function LongTable<T>({ label, list, columns, id, href, empty }: LongTableProps<T>) {
  const { t } = useTranslation();
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  const isWide = useWide();
  if (list.isPending) return <Skeleton rows={8} className="h-16" />;
  if (list.error && rows.length === 0) return <Failure error={list.error} onRetry={() => void list.refetch()} />;
  if (rows.length === 0) return <Empty {...empty} />;
  const more = () => {
    if (list.hasNextPage && !list.isFetchingNextPage) void list.fetchNextPage();
  };
  return (
    <div aria-busy={list.isPlaceholderData} className={list.isPlaceholderData ? "opacity-60" : ""}>
      {isWide ? (
        <Rows label={label} rows={rows} columns={columns} id={id} href={href} hasMore={list.hasNextPage} onNearEnd={more} />
      ) : (
        <DataTable label={label} rows={rows} columns={columns} id={id} href={href} />
      )}
      {list.hasNextPage && (!isWide || list.isFetchNextPageError) && (
        <Button className="mt-4 w-full" disabled={list.isFetchingNextPage} onClick={more}>
          {list.isFetchingNextPage ? t("loading") : t("loadMore")}
        </Button>
      )}
    </div>
  );
}

function useWide(): boolean {
  const [isWide, setWide] = useState(() => matchMedia("(min-width: 48rem)").matches);
  useEffect(() => {
    const query = matchMedia("(min-width: 48rem)");
    const look = () => setWide(query.matches);
    query.addEventListener("change", look);
    return () => query.removeEventListener("change", look);
  }, []);
  return isWide;
}

interface RowsProps<T> extends Omit<LongTableProps<T>, "list" | "empty"> {
  rows: T[];
  hasMore: boolean;
  onNearEnd: () => void;
}

function Rows<T>({ label, rows, columns, id, href, hasMore, onNearEnd }: RowsProps<T>) {
  const body = useRef<HTMLTableSectionElement>(null);
  const wanted = useRef<number | null>(null);
  const [{ first, end, above, below }, setWindow] = useState(() => windowOf(rows.length, ROW, 0, innerHeight));
  useEffect(() => {
    const look = () => {
      const next = windowOf(rows.length, ROW, body.current?.getBoundingClientRect().top ?? 0, innerHeight);
      setWindow((before) => (before.first === next.first && before.end === next.end && before.below === next.below ? before : next));
    };
    look();
    addEventListener("scroll", look, { passive: true });
    addEventListener("resize", look);
    return () => {
      removeEventListener("scroll", look);
      removeEventListener("resize", look);
    };
  }, [rows.length]);
  useEffect(() => {
    if (end > rows.length - AHEAD) onNearEnd();
  });
  const focus = (place: number) => body.current?.querySelector<HTMLElement>(`[aria-rowindex="${place + 2}"] a`)?.focus();
  // A row that is only drawn now takes the focus that it was given.
  useEffect(() => {
    if (wanted.current === null) return;
    focus(wanted.current);
    wanted.current = null;
  });
  const move = (event: KeyboardEvent) => {
    const row = (event.target as HTMLElement).closest("[aria-rowindex]");
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: LEAP, PageUp: -LEAP };
    const step = steps[event.key];
    if (!row || !step) return;
    event.preventDefault();
    const place = Math.min(Math.max(Number(row.getAttribute("aria-rowindex")) - 2 + step, 0), rows.length - 1);
    if (place >= first && place < end) focus(place);
    else {
      wanted.current = place;
      scrollBy({ top: step * ROW });
    }
  };
  return (
    <div className="rounded-card border border-line bg-surface shadow-card">
      <table aria-label={label} aria-rowcount={hasMore ? -1 : rows.length + 1} className="w-full table-fixed text-left">
        <thead>
          <tr className="border-b border-line text-sm text-faint">
            {columns.map((column) => (
              <th
                key={column.name}
                scope="col"
                className={clsx("px-4 py-3 font-medium first-letter:uppercase", column.isNumber && "w-40 text-right", column.isTitle && "w-2/5")}
              >
                {column.header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          {above > 0 && <tr aria-hidden style={{ height: above }} />}
          {rows.slice(first, end).map((row, place) => (
            <tr key={id(row)} aria-rowindex={first + place + 2} className="relative border-b border-line hover:bg-pine-wash" style={{ height: ROW }}>
              {columns.map((column) => {
                const Cell = column.isTitle ? "th" : "td";
                return (
                  <Cell
                    key={column.name}
                    {...(column.isTitle ? { scope: "row" } : {})}
                    className={clsx("truncate px-4 py-0 font-normal", column.isNumber && "text-right", column.isTitle && "font-semibold")}
                  >
                    {column.isTitle ? (
                      <Go href={href(row)} onKeyDown={move} className="block truncate after:absolute after:inset-0">
                        {column.cell(row)}
                      </Go>
                    ) : (
                      column.cell(row)
                    )}
                  </Cell>
                );
              })}
            </tr>
          ))}
          {below > 0 && <tr aria-hidden style={{ height: below }} />}
        </tbody>
      </table>
    </div>
  );
}
