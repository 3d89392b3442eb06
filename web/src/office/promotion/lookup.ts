import { cloud } from "../../api/cloud";
import { unwrap } from "../../api/problem";

/** Lines that are looked up at once. */
export const MOST_CODES = 5_000;

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

/** What a list of codes stands for, and which of them stand for nothing. Nobody asks for none. */
export async function lookUp(codes: Code[]): Promise<{ found: Found[]; unknown: Code[] }> {
  const { items } = await unwrap(cloud.POST("/v1/variants/find", { body: { codes: codes.map(({ code }) => code) } }));
  return sorted(codes, items);
}

/** Those that were found, each variant once, and the others by their line. */
export function sorted(codes: Code[], items: { code: string; variant_id: string; name: string; sku: string }[]): { found: Found[]; unknown: Code[] } {
  const known = new Set(items.map(({ code }) => code));
  const found = new Map(items.map(({ variant_id, name, sku }) => [variant_id, { id: variant_id, name: name === "" ? sku : name }]));
  return { found: [...found.values()], unknown: codes.filter(({ code }) => !known.has(code)) };
}
