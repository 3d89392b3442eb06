import { expect, test } from "vitest";

import { codesOf, sorted } from "./lookup";

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

test("each variant is there once, and what stands for nothing is named by its line", () => {
  const codes = ["TS-S", "4006381333931", "?", "TS-M"].map((code, at) => ({ line: at + 1, code }));
  const shirt = { variant_id: "s", name: "Shirt, S", sku: "TS-S" };
  const items = [
    { ...shirt, code: "TS-S" },
    { ...shirt, code: "4006381333931" },
    { code: "TS-M", variant_id: "m", name: "", sku: "TS-M" },
  ];
  expect(sorted(codes, items)).toEqual({
    found: [
      { id: "s", name: "Shirt, S" },
      { id: "m", name: "TS-M" },
    ],
    unknown: [{ line: 3, code: "?" }],
  });
  expect(sorted(codes, []).found).toEqual([]);
});
