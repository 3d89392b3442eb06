import { expect, test } from "vitest";

import { windowOf } from "./window";

test("a short list is drawn whole", () => {
  expect(windowOf(5, 64, 200, 800)).toEqual({ first: 0, end: 5, above: 0, below: 0 });
  expect(windowOf(0, 64, 200, 800)).toEqual({ first: 0, end: 0, above: 0, below: 0 });
});

test("of a long list only what is seen is drawn, and the rest keeps its room", () => {
  const { first, end, above, below } = windowOf(100_000, 64, -640_000, 800);
  expect([first, end]).toEqual([9_990, 10_023]);
  expect(above + below + (end - first) * 64).toBe(100_000 * 64);
});

test("a list that has become shorter while it was scrolled is empty, not negative", () => {
  expect(windowOf(10, 64, -640_000, 800)).toEqual({ first: 10, end: 10, above: 640, below: 0 });
});
