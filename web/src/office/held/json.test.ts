import { expect, test } from "vitest";

import { changedLines, faultOf, tidied } from "./json";

test.each([
  ['{"a": 1}', null],
  ['{\n  "a": 1,\n  "b" 2\n}', 3],
  ['{\n  "a": 1', 2],
  ['{\n  "a": ,\n  "b": 1\n}', 2],
  ['{\n  "a": [1,\n    2 3]\n}', 3],
  ['{\n  "a": "x\n}', 2],
  ["", 1],
])("%j is wrong in line %j", (text, line) => {
  expect(faultOf(text)?.line ?? null).toBe(line);
});

test("tidying indents and leaves what is no JSON alone", () => {
  expect(tidied('{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}');
  expect(tidied("{")).toBe("{");
});

test("only what was changed is marked, also when a line was added", () => {
  expect([...changedLines("a\nb\nc", "a\nB\nc")]).toEqual([2]);
  expect([...changedLines("a\nc", "a\nb\nc")]).toEqual([2]);
  expect([...changedLines("a\nb", "a\nb")]).toEqual([]);
});
