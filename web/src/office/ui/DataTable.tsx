import { clsx } from "clsx";
import type { ReactNode } from "react";

import { Go } from "../../ui/Go";

export interface Column<T> {
  name: string;
  header: string;
  cell: (row: T) => ReactNode;
  isNumber?: boolean;
  /** The column that names the row: its header cell, and the title of its card on a phone. */
  isTitle?: boolean;
  /** Not worth the room on a phone. */
  isWide?: boolean;
}

interface DataTableProps<T> {
  label: string;
  rows: T[];
  columns: Column<T>[];
  id: (row: T) => string;
  /** Where the row leads. */
  href?: (row: T) => string;
}

/** A table; on a phone the same rows as cards. */
export function DataTable<T>({ label, rows, columns, id, href }: DataTableProps<T>) {
  const title = columns.find((column) => column.isTitle);
  const others = columns.filter((column) => !column.isTitle && !column.isWide);
  return (
    <>
      <div className="relative hidden overflow-x-auto rounded-card border border-line bg-surface shadow-card md:block">
        <table aria-label={label} className="w-full text-left">
          <thead>
            <tr className="border-b border-line text-sm text-faint">
              {columns.map((column) => (
                <th key={column.name} scope="col" className={clsx("px-4 py-3 font-medium first-letter:uppercase", column.isNumber && "text-right")}>
                  {column.header}
                </th>
              ))}
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {rows.map((row) => (
              <tr key={id(row)} className={href ? "relative hover:bg-pine-wash" : undefined}>
                {columns.map((column) => {
                  const Cell = column.isTitle ? "th" : "td";
                  return (
                    <Cell
                      key={column.name}
                      {...(column.isTitle ? { scope: "row" } : {})}
                      className={clsx("h-13 px-4 py-2 font-normal", column.isNumber && "text-right whitespace-nowrap", column.isTitle && "font-semibold")}
                    >
                      {column.isTitle && href ? (
                        <Go href={href(row)} className="after:absolute after:inset-0">
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
          </tbody>
        </table>
      </div>
      <ul aria-label={label} className="flex flex-col gap-3 md:hidden">
        {rows.map((row) => (
          <li key={id(row)} className="relative rounded-card border border-line bg-surface p-4 shadow-card">
            <p className="text-lg font-semibold wrap-anywhere">
              {href ? (
                <Go href={href(row)} className="after:absolute after:inset-0 after:rounded-card">
                  {title?.cell(row)}
                </Go>
              ) : (
                title?.cell(row)
              )}
            </p>
            <dl className="mt-1 space-y-1">
              {others.map((column) => (
                <div key={column.name} className="flex items-baseline justify-between gap-4">
                  <dt className="text-sm text-faint">{column.header}</dt>
                  <dd className="text-right wrap-anywhere">{column.cell(row)}</dd>
                </div>
              ))}
            </dl>
          </li>
        ))}
      </ul>
    </>
  );
}
