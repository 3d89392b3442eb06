import { useQueries, useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { cloud } from "../../api/cloud";
import { unwrap } from "../../api/problem";
import { useMoney } from "../../format/CurrencyContext";
import { useLocale } from "../../i18n/useLocale";
import { categories, product } from "../catalog/queries";
import { list } from "../list/queries";
import { useSession } from "../session/SessionContext";
import type { Form } from "./draft";
import { GOODS_KINDS, type Goods, type GoodsKind } from "./goods";
import type { Words } from "./sentence";

/** Of a long list the names of the first ones are looked up. */
const LOOKED_UP = 4;

type Asked = readonly [kind: "products" | "variants", id: string];

const nameKey = (kind: GoodsKind, id: string) => ["goods-name", kind, id];

/** Keeps what was chosen by its name, so that it is not asked for again. */
export const rememberName = (client: QueryClient, kind: GoodsKind, id: string, name: string) => client.setQueryData(nameKey(kind, id), name);

const nameOf = async ([kind, id]: Asked, client: QueryClient): Promise<string> => {
  if (kind === "products") return (await client.fetchQuery(product(id))).name;
  return (await unwrap(cloud.GET("/v1/stock/{variant}", { params: { path: { variant: id } } }))).name;
};

/** The goods that a form names. */
export function goodsIn({ when, give }: Form): Goods[] {
  const conditions = when.flatMap(({ is }) => ("goods" in is ? [is.goods] : []));
  const effects = give.flatMap(({ is }) => {
    if (is.kind === "bundle") return is.parts.map(({ goods }) => goods);
    if ("target" in is) return [is.target.goods];
    return "goods" in is ? [is.goods] : [];
  });
  return [...conditions, ...effects];
}

function askedIn(form: Form): Asked[] {
  const named = goodsIn(form).flatMap(({ any, but }) => [any, but]);
  const kinds = ["products", "variants"] as const;
  const goods = kinds.flatMap((kind) => named.flatMap((one) => (one[kind] ?? []).slice(0, LOOKED_UP).map((id): Asked => [kind, id])));
  const gifts = form.give.flatMap(({ is }): Asked[] => (is.kind === "gift" && is.variant ? [["variants", is.variant]] : []));
  const all = new Map([...goods, ...gifts].map((asked) => [asked.join(" "), asked]));
  return [...all.values()];
}

/** What sentences about a form are made with: the language, the money, and the names of what it is about. */
export function useWords(form: Form): Words {
  const { t } = useTranslation("office");
  const locale = useLocale();
  const { currency } = useMoney();
  const client = useQueryClient();
  const { locations } = useSession();
  const tree = useQuery(categories).data ?? [];
  const asked = askedIn(form);
  const found = useQueries({
    queries: asked.map((one) => ({ queryKey: nameKey(...one), queryFn: () => nameOf(one, client), staleTime: Number.POSITIVE_INFINITY, retry: false })),
  });
  const names = new Map(asked.map((one, at) => [one.join(" "), found[at]?.data]));
  const name: Words["name"] = (kind, id) => {
    if (kind === "location") return locations.find((one) => one.id === id)?.name;
    if (kind === "categories") return tree.find((one) => one.id === id)?.name;
    if (kind === "brands" || kind === "tags") return id;
    return names.get(`${kind} ${id}`) ?? client.getQueryData<string>(nameKey(kind, id));
  };
  return { t, locale, currency, name };
}

/** Brands by name. */
export const brands = () => list("brands", "");

export const isGoodsKind = (kind: string): kind is GoodsKind => (GOODS_KINDS as readonly string[]).includes(kind);
