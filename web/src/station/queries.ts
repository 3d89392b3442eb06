import { queryOptions, type QueryClient } from "@tanstack/react-query";

import { edge, type EdgeInfo, type Session, type StaffTile, type Variant } from "../api/edge";
import { Problem, unwrap } from "../api/problem";
import { fenced, highestSeen, isBelieved, remember, type Fence } from "./fence";
import { LAST_NODE } from "./head";

/** The socket tells every change at once; this catches what it missed. */
const REFRESH_MS = 10_000;

export interface EdgeState extends EdgeInfo {
  /** Set when this device has seen a newer state of the node than it now has. */
  fence: Fence | null;
}

export const edgeState = queryOptions({
  queryKey: ["edge"],
  queryFn: async ({ signal }): Promise<EdgeState> => {
    const node = localStorage.getItem(LAST_NODE);
    const before = node ? highestSeen(node) : null;
    const info = await unwrap(edge.GET("/v1/edge", { signal }));
    if (!info.node_id) return { ...info, fence: null };
    localStorage.setItem(LAST_NODE, info.node_id);
    const found = { epoch: info.sync.epoch, seq: info.sync.last_seq };
    const fence = fenced(node === info.node_id ? before : highestSeen(info.node_id), found);
    if (!fence && isBelieved(info)) remember(info.node_id, found);
    return { ...info, fence };
  },
  refetchInterval: REFRESH_MS,
  staleTime: REFRESH_MS / 2,
});

/** A record that the node has just confirmed to this device. */
export function confirmSeq(client: QueryClient, seq: number): void {
  const state = client.getQueryData<EdgeState>(["edge"]);
  if (state?.node_id && isBelieved(state)) remember(state.node_id, { epoch: state.sync.epoch, seq });
}

export const staffTiles = queryOptions({
  queryKey: ["staff"],
  queryFn: async ({ signal }) => (await unwrap(edge.GET("/v1/staff", { signal }))).items as StaffTile[],
});

export const session = queryOptions({
  queryKey: ["session"],
  queryFn: async ({ signal }): Promise<Session | null> => {
    try {
      return await unwrap(edge.GET("/v1/session", { signal }));
    } catch (problem) {
      if (problem instanceof Problem && problem.code === "session.missing") return null;
      throw problem;
    }
  },
  staleTime: Number.POSITIVE_INFINITY,
});

/** Who works here now, as the branch computer has just said. */
export function setSession(client: QueryClient, answer: Session | null): void {
  client.setQueryData<Session | null>(["session"], answer);
}

export const signIn = (staff_id: string, pin: string, register_id: string) =>
  unwrap(edge.POST("/v1/session", { body: { staff_id, pin, register_id } }));

export const signOut = () => unwrap(edge.DELETE("/v1/session"));

export const openShift = (id: string, register_id: string, float_minor: number) =>
  unwrap(edge.PUT("/v1/shifts/{id}", { params: { path: { id } }, body: { register_id, float_minor } }));

/** Closes a shift; with `hand_over_parked` its parked baskets go to the next one of the register. */
export const closeShift = (id: string, counted_minor: number, hand_over_parked = false) =>
  unwrap(edge.POST("/v1/shifts/{id}/close", { params: { path: { id } }, body: { counted_minor, hand_over_parked } }));

export const shiftById = (id: string) => unwrap(edge.GET("/v1/shifts/{id}", { params: { path: { id } } }));

/** Products by name, code or barcode; without a query the most sold of the shop. */
export const products = (q: string) =>
  queryOptions({
    queryKey: ["products", q],
    queryFn: async ({ signal }) =>
      (await unwrap(edge.GET("/v1/products", { params: { query: { q, limit: 24 } }, signal }))).items as Variant[],
    staleTime: 30_000,
  });

/** What a code stands for; asked anew for each scan, as prices and stock move. */
export const byBarcode = (code: string) =>
  queryOptions({
    queryKey: ["barcode", code],
    queryFn: ({ signal }) => unwrap(edge.GET("/v1/barcodes/{code}", { params: { path: { code } }, signal })),
    staleTime: 0,
  });

/** What may be sold of a variant here, and what is kept for online orders. */
type Sellable = Pick<Variant, "node_rights" | "claim_bound">;

/** As last told: never asked for, only kept from a search or a scan and moved by the socket. */
export const accountsOf = (variant: string) => ({ queryKey: ["accounts", variant], queryFn: (): Sellable | null => null, enabled: false });

/** The clock of the branch computer was looked at by a person and is right. */
export const confirmClock = () => unwrap(edge.POST("/v1/edge/clock-confirmation"));
