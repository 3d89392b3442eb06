import { readFile } from "node:fs/promises";

import { expect, test } from "vitest";

import english from "./en/common.json";

/** What a client gets wrong that no page can send, what is between machines, and fields that look like codes. */
const NOT_FOR_PEOPLE = [/^combination\./, /^(node\.(signature|key)|enrolment\.public_key)$/, /^(batch|feed|body|header|query|path|cursor|method|websocket|count)\./];

/** The refusal codes that an API document names: `sale.underpaid` {due_minor}. */
async function documented(side: string): Promise<string[]> {
  const text = await readFile(new URL(`../../../docs/api/${side}.json`, import.meta.url), "utf8");
  const document = JSON.parse(text) as { paths: Record<string, Record<string, { responses?: Record<string, { description?: string }> }>> };
  const responses = Object.values(document.paths)
    .flatMap((operations) => Object.values(operations))
    .flatMap(({ responses: answers = {} }) => Object.entries(answers));
  const descriptions = responses.filter(([status]) => Number(status) >= 400).map(([, { description = "" }]) => description);
  const codes = descriptions.flatMap((description) => [...description.matchAll(/`([a-z_]+\.[a-z_]+)`/g)].map(([, code]) => code ?? ""));
  return [...new Set(codes)].filter((code) => !NOT_FOR_PEOPLE.some((pattern) => pattern.test(code)));
}

const isWorded = (code: string) => {
  const [noun = "", what = ""] = code.split(".");
  const words = (english.problem as unknown as Record<string, Record<string, string> | undefined>)[noun] ?? {};
  return what in words || `${what}_other` in words;
};

test.each(["edge", "cloud"])("every refusal that the %s documents has words", async (side) => {
  const codes = await documented(side);
  expect(codes.length).toBeGreaterThan(3);
  expect(codes.filter((code) => !isWorded(code))).toEqual([]);
});
