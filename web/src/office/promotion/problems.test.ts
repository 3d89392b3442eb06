import { readFile } from "node:fs/promises";

import { expect, test } from "vitest";

import { Problem } from "../../api/problem";
import { wrongAt, wrongOf, wrongsIn, wrongsOf } from "./problems";

const refused = (field: string, message: string, code = "promotion.invalid") => new Problem(code, 422, message, { id: "p9" }, [{ field, code, message }]);

test("a refusal is said at the field that it names", () => {
  expect(wrongOf(refused("effects[0].off", "a percent is above 0 and at most 100"))).toEqual({ field: "effects[0].off", key: "promotion.problem.percent", figures: {} });
  expect(wrongOf(refused("draft.limits.units", "a limit of none is no promotion; stop it instead"))).toMatchObject({ field: "limits.units", key: "promotion.problem.none" });
  expect(wrongOf(refused("effects[0].target.of", "gone", "promotion.unknown_product"))).toMatchObject({ key: "promotion.problem.unknown", figures: { what: "p9" } });
  const above = new Problem("promotion.price_above", 422, "", { goods: ["Tea", "Nuts"] }, [{ field: "effects[0].price", code: "promotion.price_above", message: "" }]);
  expect(wrongOf(above)).toEqual({ field: "effects[0].price", key: "promotion.problem.above", figures: { goods: "Tea, Nuts" } });
  expect(wrongOf(refused("when[1]", "something new"))).toMatchObject({ key: "promotion.problem.other", figures: { reason: "something new" } });
  expect(wrongOf(new Problem("store.unavailable", 503, "later"))).toBeUndefined();
  expect(wrongOf(new Error("client"))).toBeUndefined();
});

test("what is missing goes before what the server says about the same field", () => {
  const wrongs = wrongsOf(new Map([["name", "missing"]]), refused("name", "a name has 1 to 200 characters"));
  expect(wrongs).toEqual([{ field: "name", key: "promotion.problem.missing", figures: {} }]);
  const more = wrongsOf(new Map([["effects[0].off", "number"]]), refused("effects[10].off", "an amount is above zero"));
  expect(more).toHaveLength(2);
  expect(wrongAt(more, "effects[0].off")?.key).toBe("promotion.problem.number");
  expect(wrongsIn(more, "effects[1]")).toEqual([]);
  expect(wrongsIn(more, "effects[10]")).toHaveLength(1);
});

/** What cannot be typed on the page: it is said in the engine's own words. */
const NOT_TYPED = [/^versions are/, /^there is no such part/, /nested too deeply/, /^days of the week/, /^a choice is between/, /^for the opposite/];

/** Every reason that the engine gives, out of its source. */
async function reasons(): Promise<string[]> {
  const files = ["check", "condition", "selector"].map((name) => readFile(new URL(`../../../../crates/retail/src/promotion/${name}.rs`, import.meta.url), "utf8"));
  const source = (await Promise.all(files)).join("\n").replaceAll(/\/\/.*$/gm, "");
  const said = [...source.matchAll(/(?:Err\(\s*|refuse\((?:[^"()]|"[^"]*"(?=,)|format!\([^)]*\)|&)*,\s*)"([a-z][^"]*)"/g)].map(([, reason]) => reason ?? "");
  return [...new Set(said)];
}

test("the usual reasons of the engine have words of their own", async () => {
  const all = await reasons();
  expect(all.length).toBeGreaterThan(25);
  const plain = all.filter((reason) => wrongOf(refused("x", reason))?.key === "promotion.problem.other");
  expect(plain.filter((reason) => !NOT_TYPED.some((pattern) => pattern.test(reason)))).toEqual([]);
});
