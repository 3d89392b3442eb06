import { infiniteQueryOptions, queryOptions, type QueryClient } from "@tanstack/react-query";

import { cloud, type NewPromotion } from "../../api/cloud";
import { unwrap } from "../../api/problem";
import type { NewTry, NewVouchers, PromotionDetail, State } from "./contract";
import { canonical, type Document, type Json } from "./document";
import { nextPoll } from "./poll";

const PAGE = 50;
/** How often the figures of a running promotion are read again. */
const REFRESH_MS = 15_000;

/** A document as the API has it: any object. */
const told = (draft: Document) => draft as unknown as NewPromotion["draft"];

export interface PromotionFilter {
  q?: string | undefined;
  state?: string | undefined;
}

/** Promotions, what was changed last first. */
export const promotions = ({ q, state }: PromotionFilter) =>
  infiniteQueryOptions({
    queryKey: ["promotions", q, state],
    queryFn: ({ signal, pageParam }) =>
      unwrap(cloud.GET("/v1/promotions", { params: { query: { limit: PAGE, ...(q && { q }), ...(state && { state: state as State }), ...(pageParam && { after: pageParam }) } }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });

export const promotion = (id: string) =>
  queryOptions({
    queryKey: ["promotion", id],
    queryFn: ({ signal }) => unwrap(cloud.GET("/v1/promotions/{promotion}", { params: { path: { promotion: id } }, signal })) as Promise<unknown> as Promise<PromotionDetail>,
  });

/** Everything that says something about promotions is read again. */
export const readAgain = async (client: QueryClient): Promise<void> => {
  const keys = ["promotions", "promotion", "promotion-conflicts", "promotion-try", "promotion-result"];
  await Promise.all(keys.map((key) => client.invalidateQueries({ queryKey: [key] })));
};

export const putPromotion = (id: string, expected_version: number | null, draft: Document) =>
  unwrap(cloud.PUT("/v1/promotions/{promotion}", { params: { path: { promotion: id } }, body: { expected_version, draft: told(draft) } }));

export const startPromotion = (id: string, version: number) => unwrap(cloud.POST("/v1/promotions/{promotion}/start", { params: { path: { promotion: id } }, body: { version } }));

export const stopPromotion = (id: string, reason: string) => unwrap(cloud.POST("/v1/promotions/{promotion}/stop", { params: { path: { promotion: id } }, body: { reason } }));

/** How it goes together with those that run. A refusal names what is wrong in the document. */
export const conflicts = (id: string, draft: Document | undefined) =>
  queryOptions({
    queryKey: ["promotion-conflicts", id, canonical(draft as Json | undefined)],
    queryFn: ({ signal }) => unwrap(cloud.POST("/v1/promotions/conflicts", { body: { draft: told(draft ?? { name: "", effects: [] }), promotion_id: id }, signal })),
    enabled: draft !== undefined,
    retry: false,
  });

/** Fixed prices of it that lower nothing. */
export const warnings = (draft: Document | undefined) =>
  queryOptions({
    queryKey: ["promotion-warnings", canonical(draft as Json | undefined)],
    queryFn: ({ signal }) => unwrap(cloud.POST("/v1/promotions/warnings", { body: { draft: told(draft ?? { name: "", effects: [] }) }, signal })),
    enabled: draft !== undefined,
    retry: false,
  });

/** What a basket would cost. */
export const tried = (body: NewTry | undefined) =>
  queryOptions({
    queryKey: ["promotion-try", canonical(body as Json | undefined)],
    queryFn: ({ signal }) => unwrap(cloud.POST("/v1/promotions/try", { body: (body ?? {}) as never, signal })),
    enabled: body !== undefined,
    retry: false,
  });

export const startPreview = (id: string, promotion_id: string, draft: Document, from: string, until: string, location_id: string | undefined) =>
  unwrap(cloud.PUT("/v1/promotion-previews/{preview}", { params: { path: { preview: id } }, body: { draft: told(draft), promotion_id, from, until, ...(location_id && { location_id }) } }));

/** How far a preview is; asked again while it is under way, also when an answer did not come. */
export const preview = (id: string | undefined) =>
  queryOptions({
    queryKey: ["promotion-preview", id],
    queryFn: ({ signal }) => unwrap(cloud.GET("/v1/promotion-previews/{preview}", { params: { path: { preview: id ?? "" } }, signal })),
    enabled: id !== undefined,
    refetchInterval: ({ state }) => nextPoll(state.data, state.error),
  });

/** What it really gave. */
export const result = (id: string) =>
  queryOptions({
    queryKey: ["promotion-result", id],
    queryFn: ({ signal }) => unwrap(cloud.GET("/v1/promotions/{promotion}/result", { params: { path: { promotion: id } }, signal })),
    refetchInterval: REFRESH_MS,
  });

export const vouchers = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["vouchers", id],
    queryFn: ({ signal, pageParam }) =>
      unwrap(cloud.GET("/v1/promotions/{promotion}/vouchers", { params: { path: { promotion: id }, query: { limit: PAGE, ...(pageParam && { after: pageParam }) } }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });

export const makeVouchers = (id: string, body: NewVouchers) => unwrap(cloud.POST("/v1/promotions/{promotion}/vouchers", { params: { path: { promotion: id } }, body }));

export const stopVoucher = (id: string, voucher: string, reason: string) => unwrap(cloud.POST("/v1/promotions/{promotion}/vouchers/{voucher}/stop", { params: { path: { promotion: id, voucher } }, body: { reason } }));
