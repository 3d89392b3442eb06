import { beforeEach, expect, test, vi } from "vitest";

import { fenced, highestSeen, remember } from "./fence";

beforeEach(() => {
  const kept = new Map<string, string>();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
  });
});

test("the highest record is kept for each node", () => {
  remember("a", { epoch: 1, seq: 7 });
  remember("a", { epoch: 1, seq: 5 });
  remember("b", { epoch: 1, seq: 2 });
  expect([highestSeen("a"), highestSeen("b"), highestSeen("c")]).toEqual([{ epoch: 1, seq: 7 }, { epoch: 1, seq: 2 }, null]);
});

test("a new epoch is higher than any number of the old one", () => {
  remember("a", { epoch: 1, seq: 700 });
  remember("a", { epoch: 2, seq: 1 });
  expect(highestSeen("a")).toEqual({ epoch: 2, seq: 1 });
});

test.each([
  [null, { epoch: 1, seq: 0 }, false],
  [{ epoch: 1, seq: 7 }, { epoch: 1, seq: 7 }, false],
  [{ epoch: 1, seq: 7 }, { epoch: 1, seq: 6 }, true],
  [{ epoch: 2, seq: 1 }, { epoch: 1, seq: 900 }, true],
  [{ epoch: 1, seq: 900 }, { epoch: 2, seq: 0 }, false],
])("seen %j, found %j", (before, answer, stops) => {
  expect(fenced(before, answer) !== null).toBe(stops);
});
