import { expect, test } from "vitest";

import type { Product } from "../../api/cloud";
import { codesOf, lookUp, variantWith } from "./lookup";

const shirt = {
  variants: [
    { id: "s", sku: "TS-S", name: "Shirt, S", barcodes: [{ code: "4006381333931", quantity: 1 }] },
    { id: "m", sku: "TS-M", name: null, barcodes: [{ code: "036000291452", quantity: 12 }] },
  ],
} as unknown as Product;

test("a list is read line by line, with what is there twice", () => {
  const { codes, twice } = codesOf('TS-S\r\n\r\n "TS-M" ; Shirt; 9.90\nts-s\n0036000291452,12\n036000291452');
  expect(codes).toEqual([
    { line: 1, code: "TS-S" },
    { line: 3, code: "TS-M" },
    { line: 5, code: "0036000291452" },
  ]);
  expect(twice).toEqual([
    { line: 4, code: "ts-s" },
    { line: 6, code: "036000291452" },
  ]);
  expect(codesOf(" \n\n")).toEqual({ codes: [], twice: [] });
});

test.each([
  ["ts-s", "s"],
  ["4006381333931", "s"],
  ["0036000291452", "m"],
  ["TS", undefined],
  ["400638133393", undefined],
])("the variant of %s is %s", (code, id) => {
  expect(variantWith(code, shirt)?.id).toBe(id);
});

test("codes are looked up a few at a time, and the unknown ones are named by their line", async () => {
  let now = 0;
  let most = 0;
  const done: number[] = [];
  const codes = Array.from({ length: 20 }, (_, at) => ({ line: at + 1, code: at % 7 === 3 ? "?" : `C${at}` }));
  const find = async (code: string) => {
    now += 1;
    most = Math.max(most, now);
    await new Promise((resolve) => {
      setTimeout(resolve, 1);
    });
    now -= 1;
    return code === "?" ? undefined : { id: code, name: code };
  };
  const { found, unknown } = await lookUp(codes, find, (count) => done.push(count));
  expect(unknown.map(({ line }) => line)).toEqual([4, 11, 18]);
  expect(found.map(({ id }) => id)).toEqual(codes.filter(({ code }) => code !== "?").map(({ code }) => code));
  expect(done.at(-1)).toBe(20);
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(6);
});

test("a lookup that fails says so, and does not say that a code is unknown", async () => {
  await expect(lookUp([{ line: 1, code: "A" }], () => Promise.reject(new Error("no line")), () => undefined)).rejects.toThrow("no line");
});
