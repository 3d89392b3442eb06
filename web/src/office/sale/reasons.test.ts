import { describe, expect, it } from "vitest";

import { givenBy, promotedLines, promotionName } from "./reasons";

const reasons = {
  search: "exact",
  promotions: [
    { id: "p0", version: 3, name: "3 for 2", labels: { en: "3 for 2", vi: "Mua 3 trả 2" } },
    { id: "p1", version: 1, name: "Weekend", labels: {} },
  ],
  fired: [
    { promotion: 1, line: 0, units: 1, gave_minor: 20 },
    { promotion: 0, line: 0, units: 3, gave_minor: 100 },
    { promotion: 0, line: 2, units: 1, gave_minor: 30 },
  ],
  gifts: [{ promotion: 1, line: 3, variant_id: "v", missing: 0 }],
  shipping: [{ promotion: 1, charge: 0, gave_minor: 500 }],
  points: [],
  beaten: [{ promotion: 1, line: 2, by: 0, would_minor: 10 }],
  near: [],
  exhausted: [],
};

describe("reasons of a sale", () => {
  it("are told by line, and lines without any are left out", () => {
    const lines = promotedLines(["Tea", "Salt", "Cola", "Mug"], reasons);
    expect(lines.map((line) => [line.name, line.gaveMinor, line.fired.length, line.beaten.length, line.giftOf])).toEqual([
      ["Tea", 120, 2, 0, undefined],
      ["Cola", 30, 1, 1, undefined],
      ["Mug", 0, 0, 0, 1],
    ]);
  });

  it("add up by promotion, shipping included", () => {
    expect(givenBy(reasons)).toEqual([
      { promotion: 1, gaveMinor: 520 },
      { promotion: 0, gaveMinor: 130 },
    ]);
  });

  it("have names in the reader's language, or the office's", () => {
    expect(promotionName(reasons.promotions[0], "vi")).toBe("Mua 3 trả 2");
    expect(promotionName(reasons.promotions[1], "vi")).toBe("Weekend");
    expect(promotionName(undefined, "vi")).toBe("");
  });
});
