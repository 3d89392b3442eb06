import { queryOptions } from "@tanstack/react-query";

import { edge, type Letterhead, type Printer } from "../../api/edge";
import { newId } from "../../api/id";
import { unwrap } from "../../api/problem";

/** What waits for the shop's printers, and the last ones that are done; the socket says when it changes. */
export const prints = queryOptions({
  queryKey: ["prints"],
  queryFn: async ({ signal }) => (await unwrap(edge.GET("/v1/prints", { signal }))).items,
});

/** Every register with its printer. */
export const printers = queryOptions({
  queryKey: ["printers"],
  queryFn: async ({ signal }) => (await unwrap(edge.GET("/v1/printers", { signal }))).items,
});

/** What stands at the head of papers. */
export const letterhead = queryOptions({
  queryKey: ["letterhead"],
  queryFn: ({ signal }) => unwrap(edge.GET("/v1/letterhead", { signal })),
});

export const setPrinter = (register_id: string, printer: Printer) =>
  unwrap(edge.PUT("/v1/printers/{register_id}", { params: { path: { register_id } }, body: printer }));

export const removePrinter = (register_id: string) => unwrap(edge.DELETE("/v1/printers/{register_id}", { params: { path: { register_id } } }));

export const setLetterhead = (head: Letterhead) => unwrap(edge.PUT("/v1/letterhead", { body: head }));

export const printTest = (register_id: string) =>
  unwrap(edge.PUT("/v1/printers/{register_id}/tests/{print_id}", { params: { path: { register_id, print_id: newId() } } }));

export const decidePrint = (id: string, decision: "again" | "skip" | "move", register_id: string | null = null) =>
  unwrap(edge.PUT("/v1/prints/{id}/decision", { params: { path: { id } }, body: { decision, register_id } }));

/** What a person can have printed. */
export type Printable = "sale" | "return" | "purchase" | "purchase_void" | "x_report" | "z_report";

/** Prints a document: for the first time, or as a copy that says so. */
export function printDocument(what: Printable, id: string, isCopy: boolean) {
  const options = { params: { path: { id, print_id: newId() } }, body: {} };
  switch (what) {
    case "sale":
      return isCopy ? unwrap(edge.PUT("/v1/sales/{id}/copies/{print_id}", options)) : unwrap(edge.PUT("/v1/sales/{id}/prints/{print_id}", options));
    case "return":
      return isCopy ? unwrap(edge.PUT("/v1/returns/{id}/copies/{print_id}", options)) : unwrap(edge.PUT("/v1/returns/{id}/prints/{print_id}", options));
    case "purchase":
      return isCopy ? unwrap(edge.PUT("/v1/purchases/{id}/copies/{print_id}", options)) : unwrap(edge.PUT("/v1/purchases/{id}/prints/{print_id}", options));
    case "purchase_void":
      return isCopy
        ? unwrap(edge.PUT("/v1/purchase-voids/{id}/copies/{print_id}", options))
        : unwrap(edge.PUT("/v1/purchase-voids/{id}/prints/{print_id}", options));
    case "x_report":
      return unwrap(edge.PUT("/v1/shifts/{id}/x-reports/{print_id}", options));
    case "z_report":
      return isCopy
        ? unwrap(edge.PUT("/v1/shifts/{id}/z-report-copies/{print_id}", options))
        : unwrap(edge.PUT("/v1/shifts/{id}/z-reports/{print_id}", options));
  }
}

export const printLabel = (variant: string) =>
  unwrap(edge.PUT("/v1/variants/{id}/labels/{print_id}", { params: { path: { id: variant, print_id: newId() } }, body: { label: "shelf" } }));
