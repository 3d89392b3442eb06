import { expect, test } from "vitest";

import { beatenOn, exhausted, firedOn, giftOn, hints, labelOf, missingGifts, unnamed, type Reasons } from "./reasons";

const reasons: Reasons = {
  search: "exact",
  promotions: [
    { id: "a", version: 1, name: "Three", labels: { en: "3 for 2", vi: "Mua 3 tính 2" } },
    { id: "b", version: 2, name: "Tenth", labels: {} },
  ],
  fired: [
    { promotion: 0, line: 0, units: 3, gave_minor: 150 },
    { promotion: 1, line: 2, units: 1, gave_minor: 0 },
  ],
  gifts: [
    { promotion: 1, line: 3, variant_id: "v", missing: 1 },
    { promotion: 0, variant_id: "w", missing: 0 },
  ],
  beaten: [{ promotion: 1, line: 0, by: 0, would_minor: 45 }],
  near: [
    { promotion: 1, kind: "amount", amount_minor: 500 },
    { promotion: 0, kind: "part", units: 2 },
    { promotion: 0, kind: "quantity", units: 1 },
    { promotion: 1, kind: "tier", units: 700 },
  ],
  exhausted: [
    { promotion: 1, counter: "uses" },
    { promotion: 1, counter: "units" },
  ],
};

test("a promotion is called as the language calls it, else as the office does", () => {
  expect(labelOf({ labels: { en: "3 for 2" }, name: "Three" }, "en")).toBe("3 for 2");
  expect(labelOf({ labels: { en: "3 for 2" }, name: "Three" }, "th")).toBe("Three");
});

test("a line says what did something on it, and what came too late", () => {
  expect(firedOn(reasons, 0, "vi")).toEqual([{ key: "0", name: "Mua 3 tính 2", units: 3, gave_minor: 150 }]);
  expect(firedOn(reasons, 1, "en")).toEqual([]);
  expect(beatenOn(reasons, 0, "en")).toEqual([{ key: "1 0", name: "Tenth", by: "3 for 2", would_minor: 45 }]);
});

test("a gift names its promotion, and says what is not there", () => {
  expect([giftOn(reasons, 3, "en"), giftOn(reasons, 0, "en")]).toEqual(["Tenth", ""]);
  expect(missingGifts(reasons, "en")).toEqual([{ key: "1 v", name: "Tenth", missing: 1 }]);
});

test("of each promotion the nearest hint, units before amounts", () => {
  expect(hints(reasons, "en").map(({ name, kind, units }) => `${name} ${kind} ${units}`)).toEqual(["3 for 2 units 1", "Tenth more 700"]);
  expect(exhausted(reasons, "en", false)).toEqual(["Tenth"]);
});

test("where there was nothing to ask there is nothing to say", () => {
  for (const none of [undefined, null]) {
    expect([firedOn(none, 0, "en"), beatenOn(none, 0, "en"), hints(none, "en"), missingGifts(none, "en"), exhausted(none, "en", false), unnamed(none, "en", false)].flat()).toEqual([]);
    expect(giftOn(none, 0, "en")).toBe("");
  }
});

test("what counts for each customer has not run out while nobody is named", () => {
  const each: Reasons = { ...reasons, exhausted: [...reasons.exhausted, { promotion: 0, counter: "customer" }, { promotion: 0, counter: "units" }] };
  expect([exhausted(each, "en", false), unnamed(each, "en", false)]).toEqual([["Tenth"], ["3 for 2"]]);
  expect([exhausted(each, "en", true), unnamed(each, "en", true)]).toEqual([["Tenth", "3 for 2"], []]);
});
