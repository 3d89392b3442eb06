import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { cloud, type Import, type ImportKind, type NewGallery, type NewProduct, type ProductSummary } from "../../api/cloud";
import { unwrap } from "../../api/problem";

const PAGE = 50;
/** What goes up at once: the server takes twice as much. */
const PART = 1 << 20;
/** How often it is asked how far a file is. */
const POLL_MS = 700;

export interface ProductFilter {
  q?: string | undefined;
  category?: string | undefined;
  /** `retired` or `all`; by default what is sold. */
  state?: string | undefined;
}

/** Products by name. */
export const products = ({ q, category, state }: ProductFilter) =>
  infiniteQueryOptions({
    queryKey: ["products", q, category, state],
    queryFn: ({ signal, pageParam }): Promise<{ items: ProductSummary[]; next: string | null }> => {
      const query = {
        limit: PAGE,
        ...(q && { q }),
        ...(category && { category }),
        ...(state && { state: state as "retired" | "all" }),
        ...(pageParam && { cursor: pageParam }),
      };
      return unwrap(cloud.GET("/v1/products", { params: { query }, signal })) as Promise<{ items: ProductSummary[]; next: string | null }>;
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
  });

/** One product with its variants and what they cost. */
export const product = (id: string) =>
  queryOptions({
    queryKey: ["product", id],
    queryFn: ({ signal }) => unwrap(cloud.GET("/v1/products/{product}", { params: { path: { product: id } }, signal })),
  });

/** Who changed it, newest first. */
export const changes = (id: string) =>
  queryOptions({
    queryKey: ["catalog-changes", id],
    queryFn: ({ signal }) => unwrap(cloud.GET("/v1/catalog-changes/{subject}", { params: { path: { subject: id } }, signal })).then(({ items }) => items),
  });

export const putProduct = (id: string, body: NewProduct) =>
  unwrap(cloud.PUT("/v1/products/{product}", { params: { path: { product: id } }, body }));

/** What a product looks like. */
export const pictures = (id: string) =>
  queryOptions({
    queryKey: ["pictures", id],
    queryFn: ({ signal }) => unwrap(cloud.GET("/v1/products/{product}/pictures", { params: { path: { product: id } }, signal })),
  });

/** Adds a picture behind the others, as the file is. */
export const addPicture = (id: string, picture: string, file: File) =>
  unwrap(
    cloud.PUT("/v1/products/{product}/pictures/{picture}", {
      params: { path: { product: id, picture } },
      body: file as unknown as number[],
      bodySerializer: () => file,
      headers: { "Content-Type": "application/octet-stream" },
    }),
  );

/** The pictures in their order, with what they show; those that are left out are removed. */
export const putPictures = (id: string, body: NewGallery) =>
  unwrap(cloud.PUT("/v1/products/{product}/pictures", { params: { path: { product: id } }, body }));

/** The variants of options, with an SKU each. */
export const makeMatrix = (options: NewProduct["options"], sku: string) =>
  unwrap(cloud.POST("/v1/products/matrix", { body: { options: options ?? [], sku } })).then(({ cells }) => cells);

export interface NewPrice {
  variant_id: string;
  amount: string | null;
  per_quantity: number;
}

/** Prices of a list, from now or from a later instant on. */
export const putPrices = (list: string, prices: NewPrice[], valid_from: string | null = null) =>
  unwrap(cloud.PUT("/v1/price-lists/{price_list}/prices", { params: { path: { price_list: list } }, body: { prices, valid_from } }));

/** What a variant cost, costs and will cost. */
export const pricesOf = (variant: string) =>
  queryOptions({
    queryKey: ["prices", variant],
    queryFn: ({ signal }) => unwrap(cloud.GET("/v1/variants/{variant}/prices", { params: { path: { variant } }, signal })).then(({ items }) => items),
  });

/** The tree, flat, by name. */
export const categories = queryOptions({
  queryKey: ["categories"],
  queryFn: ({ signal }) => unwrap(cloud.GET("/v1/categories", { signal })).then(({ items }) => items),
});

export const taxes = queryOptions({
  queryKey: ["taxes"],
  queryFn: ({ signal }) => unwrap(cloud.GET("/v1/taxes", { signal })).then(({ items }) => items),
});

export const priceLists = queryOptions({
  queryKey: ["price-lists"],
  queryFn: ({ signal }) => unwrap(cloud.GET("/v1/price-lists", { signal })).then(({ items }) => items),
});

const isUnderWay = (one: Import | undefined) => one?.state === "waiting" || one?.state === "running";

/** How far a file is; asked again while it is under way. */
export const importOf = (id: string) =>
  queryOptions({
    queryKey: ["import", id],
    queryFn: ({ signal }) => unwrap(cloud.GET("/v1/imports/{import}", { params: { path: { import: id } }, signal })),
    refetchInterval: ({ state }) => (isUnderWay(state.data) ? POLL_MS : false),
  });

/** The first rows that were refused. */
export const importErrors = (id: string) =>
  queryOptions({
    queryKey: ["import-errors", id],
    queryFn: ({ signal }) => unwrap(cloud.GET("/v1/imports/{import}/errors", { params: { path: { import: id } }, signal })).then(({ items }) => items),
  });

/** Sends a file in parts; then it may be tried and taken in. */
export async function upload(id: string, kind: ImportKind, file: File): Promise<void> {
  await unwrap(cloud.PUT("/v1/imports/{import}", { params: { path: { import: id } }, body: { kind, file_name: file.name } }));
  for (let place = 0; place * PART < file.size; place += 1) {
    const body = file.slice(place * PART, (place + 1) * PART);
    // In their order: a file that is too large is refused before the rest of it is sent.
    // oxlint-disable-next-line no-await-in-loop
    await unwrap(
      cloud.PUT("/v1/imports/{import}/parts/{place}", {
        params: { path: { import: id, place } },
        body: body as unknown as number[],
        bodySerializer: () => body,
        headers: { "Content-Type": "application/octet-stream" },
      }),
    );
  }
}

export const startImport = (id: string, is_dry: boolean, columns: Record<string, string>) =>
  unwrap(cloud.POST("/v1/imports/{import}/start", { params: { path: { import: id } }, body: { is_dry, told: { columns, time_zone: new Intl.DateTimeFormat().resolvedOptions().timeZone } } }));

export const cancelImport = (id: string) => unwrap(cloud.POST("/v1/imports/{import}/cancel", { params: { path: { import: id } } }));
