import { expect, test } from "vitest";

import { looksLikeVoucher } from "./voucher";

test("a voucher has a letter; a number alone is a barcode that was misread", () => {
  for (const code of ["SPRING26", "spring-26", "ab12 cd34", "ÉTÉ 2026"]) expect(looksLikeVoucher(code), code).toBe(true);
  for (const code of ["4006381333931", "", "A1", "https://example.org/x", "-ABC", "A".repeat(61)]) expect(looksLikeVoucher(code), code).toBe(false);
});
