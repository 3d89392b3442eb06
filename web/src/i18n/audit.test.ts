import { readFile } from "node:fs/promises";

import { expect, test } from "vitest";

import english from "./en/office.json";
import thai from "./th/office.json";
import vietnamese from "./vi/office.json";

/** What the document of the API says about an entry of the audit. */
async function entry(): Promise<{ actions: string[]; flags: string[] }> {
  const text = await readFile(new URL("../../../docs/api/cloud.json", import.meta.url), "utf8");
  const document = JSON.parse(text) as {
    components: { schemas: { AuditEntry: { properties: { action: { enum: string[] }; flags: { description: string } } } } };
  };
  const { action, flags } = document.components.schemas.AuditEntry.properties;
  return { actions: action.enum, flags: [...flags.description.matchAll(/`(\w+)`/g)].map(([, flag]) => flag ?? "") };
}

const LANGUAGES = [
  ["English", english],
  ["Vietnamese", vietnamese],
  ["Thai", thai],
] as const;

test.each(LANGUAGES)("every act and every flag of the audit has words in %s, and nothing else has", async (_, { audit }) => {
  const { actions, flags } = await entry();
  expect(Object.keys(audit.act).toSorted()).toEqual(actions.map((action) => action.replace(".", "_")).toSorted());
  expect(Object.keys(audit.flag).toSorted()).toEqual(flags.toSorted());
});

test("every kind that the filter offers begins an act", async () => {
  const { actions } = await entry();
  const kinds = Object.keys(english.audit.kind);
  expect(kinds.filter((kind) => !actions.some((action) => action.startsWith(`${kind}.`)))).toEqual([]);
});
