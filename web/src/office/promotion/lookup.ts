import type { QueryClient } from "@tanstack/react-query";

import type { Product } from "../../api/cloud";
import { unwrap } from "../../api/problem";
import { cloud } from "../../api/cloud";
import { product } from "../catalog/queries";

/** Lines that are looked up at once. */
export const MOST_CODES = 1_000;
/** Questions to the server at one time. */
const AT_ONCE = 6;
/** Products that a code may lead to, before the right one is looked for in them. */
const CANDIDATES = 5;

export interface Code {
  /** Counted from 1. */
  line: number;
  code: string;
}

/** A code in one form: what a barcode has before its digits says nothing. */
const plain = (code: string) => code.trim().toUpperCase().replace(/^0+(?=\d{7,}$)/, "");

/** The codes of a list, one in a line, and those that are there twice. Behind a comma, semicolon or tab may be other things. */
export function codesOf(text: string): { codes: Code[]; twice: Code[] } {
  const seen = new Set<string>();
  const codes: Code[] = [];
  const twice: Code[] = [];
  for (const [index, row] of text.split(/\r\n|\r|\n/).entries()) {
    const code = (row.split(/[;,\t]/)[0] ?? "").trim().replace(/^"(.*)"$/, "$1");
    if (code === "") continue;
    (seen.has(plain(code)) ? twice : codes).push({ line: index + 1, code });
    seen.add(plain(code));
  }
  return { codes, twice };
}

export interface Found {
  id: string;
  name: string;
}

/** The variant of a product that has a code as its SKU or as one of its barcodes. */
export function variantWith(code: string, { variants }: Product): Found | undefined {
  const wanted = plain(code);
  const found = variants.find(({ sku, barcodes }) => sku.trim().toUpperCase() === code.trim().toUpperCase() || (barcodes ?? []).some((one) => plain(one.code) === wanted));
  return found && { id: found.id, name: found.name ?? found.sku };
}

/** The variant that a code stands for. */
export async function findVariant(client: QueryClient, code: string): Promise<Found | undefined> {
  const { items } = await unwrap(cloud.GET("/v1/products", { params: { query: { q: code, limit: CANDIDATES, state: "all" } } }));
  const products = await Promise.all(items.map(({ id }) => client.fetchQuery({ ...product(id), staleTime: Number.POSITIVE_INFINITY })));
  return products.map((one) => variantWith(code, one)).find((found) => found !== undefined);
}

/** Looks codes up, a few at a time, in the order of the list. */
export async function lookUp(codes: Code[], find: (code: string) => Promise<Found | undefined>, onDone: (done: number) => void): Promise<{ found: Found[]; unknown: Code[] }> {
  const answers: (Found | undefined)[] = codes.map(() => undefined);
  let next = 0;
  let done = 0;
  const work = async () => {
    for (let at = next++; at < codes.length; at = next++) {
      // One after the other: several of these run side by side.
      // oxlint-disable-next-line no-await-in-loop
      answers[at] = await find(codes[at]?.code ?? "");
      done += 1;
      onDone(done);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { found: answers.filter((one) => one !== undefined), unknown: codes.filter((_, at) => answers[at] === undefined) };
}
