import { beforeEach, expect, test, vi } from "vitest";

import { fenced, formatHead, highestSeen, isBelieved, parseHead, remember } from "./fence";

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

test("a hash completes a record that was known without one", () => {
  remember("a", { epoch: 1, seq: 7 });
  remember("a", { epoch: 1, seq: 7, hash: "ab" });
  remember("a", { epoch: 1, seq: 7, hash: "cd" });
  expect(highestSeen("a")).toEqual({ epoch: 1, seq: 7, hash: "ab" });
});

test.each([
  [null, { epoch: 1, seq: 0 }, null],
  [{ epoch: 1, seq: 7 }, { epoch: 1, seq: 7 }, null],
  [{ epoch: 1, seq: 7 }, { epoch: 1, seq: 6 }, "older"],
  [{ epoch: 2, seq: 1 }, { epoch: 1, seq: 900 }, "replaced"],
  [{ epoch: 1, seq: 900 }, { epoch: 2, seq: 0 }, null],
  [{ epoch: 1, seq: 7, hash: "ab" }, { epoch: 1, seq: 7, hash: "cd" }, "other"],
  [{ epoch: 1, seq: 7, hash: "ab" }, { epoch: 1, seq: 8, hash: "cd" }, null],
])("seen %j, found %j: %s", (before, answer, cause) => {
  expect(fenced(before, answer)?.cause ?? null).toBe(cause);
});

test("a node that does not trust its own books does not move the memory", () => {
  expect(["normal", "restricted"].map((mode) => isBelieved({ mode }))).toEqual([true, false]);
});

test.each(["n1.1.7.ab", "n2.12.0.00ff"])("the header %s says node, epoch, number and hash", (text) => {
  const head = parseHead(text);
  expect(head && formatHead(head)).toBe(text);
});

test.each([null, "", "n1", "n1.x.1.ab", ".1.2.ab", "n1.1.2"])("%j is no head", (text) => {
  expect(parseHead(text)).toBeNull();
});
