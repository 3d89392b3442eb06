import { expect, test } from "vitest";

import enCommon from "./en/common.json";
import enOffice from "./en/office.json";
import enShop from "./en/shop.json";
import enStation from "./en/station.json";
import thCommon from "./th/common.json";
import thOffice from "./th/office.json";
import thShop from "./th/shop.json";
import thStation from "./th/station.json";
import viCommon from "./vi/common.json";
import viOffice from "./vi/office.json";
import viShop from "./vi/shop.json";
import viStation from "./vi/station.json";

/** Every key with the figures it names; plural forms count as one, as languages differ in them. */
function shape(words: object, path = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of Object.entries(words)) {
    const key = path + name.replace(/_(one|other)$/, "");
    if (typeof value === "string") {
      const figures = [...value.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]);
      found.set(key, figures.toSorted().join(" "));
    } else {
      for (const [below, figures] of shape(value as object, `${key}.`)) found.set(below, figures);
    }
  }
  return found;
}

test.each([
  ["vi", "common", viCommon, enCommon],
  ["vi", "station", viStation, enStation],
  ["vi", "office", viOffice, enOffice],
  ["vi", "shop", viShop, enShop],
  ["th", "common", thCommon, enCommon],
  ["th", "station", thStation, enStation],
  ["th", "office", thOffice, enOffice],
  ["th", "shop", thShop, enShop],
])("%s/%s has every word of English, with the same figures", (_language, _file, words, english) => {
  expect(Object.fromEntries(shape(words))).toEqual(Object.fromEntries(shape(english)));
});

test.each([
  ["vi", viCommon, viStation, viOffice, viShop],
  ["th", thCommon, thStation, thOffice, thShop],
])("%s has no empty word", (_language, ...files) => {
  expect(JSON.stringify(files)).not.toContain('""');
});
