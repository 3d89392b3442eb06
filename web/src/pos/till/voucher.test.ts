import { expect, test } from "vitest";

import { looksLikeVoucher, whyUseless } from "./voucher";

test("a voucher has a letter; a number alone is a barcode that was misread", () => {
  for (const code of ["SPRING26", "spring-26", "ab12 cd34", "ÉTÉ 2026"]) expect(looksLikeVoucher(code), code).toBe(true);
  for (const code of ["4006381333931", "", "A1", "https://example.org/x", "-ABC", "A".repeat(61)]) expect(looksLikeVoucher(code), code).toBe(false);
});

test("a voucher that gives nothing says why, and whether a name is all it lacks", () => {
  const useless = [{ voucher_id: "a", reason: "not_yours" }, { voucher_id: "b", reason: "ended" }, { voucher_id: "c", reason: "what is new" }];
  expect(["a", "b", "c", "d"].map((voucher) => whyUseless(useless, voucher, true))).toEqual(["not_yours", "ended", "unknown", null]);
  expect(whyUseless(useless, "a", false)).toBe("unnamed");
});
