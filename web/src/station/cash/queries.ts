import { queryOptions } from "@tanstack/react-query";

import { edge, type CashWay, type DrawerCount, type SecondWord } from "../../api/edge";
import { unwrap } from "../../api/problem";

/** Notes and coins, reasons, and how the tills of the shop are set up. */
export const cashRules = queryOptions({
  queryKey: ["cash"],
  queryFn: ({ signal }) => unwrap(edge.GET("/v1/cash", { signal })),
  staleTime: 60_000,
});

/** What went in and out of a drawer beside sales and purchases. */
export const movementsOf = (shift: string) =>
  queryOptions({
    queryKey: ["cash-movements", shift],
    queryFn: async ({ signal }) => (await unwrap(edge.GET("/v1/shifts/{id}/cash-movements", { params: { path: { id: shift } }, signal }))).items,
  });

interface NewMovement {
  id: string;
  shift: string;
  way: CashWay;
  amount_minor: number;
  reason: string;
  note: string | null;
  approval: SecondWord | null;
}

/** Moves cash; the id is made once, so that a lost answer moves it once. */
export function moveCash({ id, shift, way, ...body }: NewMovement) {
  const options = { params: { path: { shift, id } }, body };
  switch (way) {
    case "paid_in":
      return unwrap(edge.PUT("/v1/shifts/{shift}/paid-in/{id}", options));
    case "paid_out":
      return unwrap(edge.PUT("/v1/shifts/{shift}/paid-out/{id}", options));
    case "drop":
      return unwrap(edge.PUT("/v1/shifts/{shift}/drops/{id}", options));
  }
}

/** Records a blind count; the answer says what closing by it needs. */
export const countDrawer = (shift: string, id: string, counted_minor: number, pieces: { value_minor: number; count: number }[]): Promise<DrawerCount> =>
  unwrap(edge.PUT("/v1/shifts/{shift}/counts/{id}", { params: { path: { shift, id } }, body: { counted_minor, pieces } }));

/** Closes a shift; with `hand_over_parked` its parked baskets go to the next one of the register. */
export const closeShift = (id: string, counted_minor: number, reason: string | null, approval: SecondWord | null, hand_over_parked: boolean) =>
  unwrap(edge.POST("/v1/shifts/{id}/close", { params: { path: { id } }, body: { counted_minor, reason, approval, hand_over_parked } }));

/** X of an open shift, Z of a closed one. */
export const reportOf = (shift: string) =>
  queryOptions({
    queryKey: ["report", shift],
    queryFn: ({ signal }) => unwrap(edge.GET("/v1/shifts/{id}/report", { params: { path: { id: shift } }, signal })),
    staleTime: 0,
  });

export const zReports = queryOptions({
  queryKey: ["z-reports"],
  queryFn: async ({ signal }) => (await unwrap(edge.GET("/v1/z-reports", { signal }))).items,
  staleTime: 0,
});

export const setTill = (lock_after_s: number, reason_above_minor: number | null) =>
  unwrap(edge.PUT("/v1/till-settings", { body: { lock_after_s, reason_above_minor } }));
