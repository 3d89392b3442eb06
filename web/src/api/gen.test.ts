import { readFile } from "node:fs/promises";

import { expect, test } from "vitest";

import { SIDES, types, typesPath } from "../../scripts/api.mjs";

test.each([...SIDES])("the types of the %s are those of its API document; if not: npm run api", async (side) => {
  expect(await readFile(typesPath(side), "utf8")).toBe(await types(side));
});
