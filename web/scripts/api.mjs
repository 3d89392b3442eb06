// Makes src/api/{edge,cloud}.gen.ts from docs/api/{edge,cloud}.json, which `cargo test` keeps as the binary serves them.
import { readFile, writeFile } from "node:fs/promises";

import openapiTS, { astToString, COMMENT_HEADER } from "openapi-typescript";

export const SIDES = ["edge", "cloud"];

export const typesPath = (side) => new URL(`../src/api/${side}.gen.ts`, import.meta.url);

/** The types of one side, as text. */
export async function types(side) {
  const document = JSON.parse(await readFile(new URL(`../../docs/api/${side}.json`, import.meta.url), "utf8"));
  // The pages name operations by method and path; without ids the types stand at their paths.
  for (const operations of Object.values(document.paths)) {
    for (const operation of Object.values(operations)) delete operation.operationId;
  }
  return COMMENT_HEADER + astToString(await openapiTS(document, { alphabetize: true }));
}

if (import.meta.filename === process.argv[1]) {
  for (const side of SIDES) await writeFile(typesPath(side), await types(side));
}
