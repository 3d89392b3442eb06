/** Letters and digits, in groups or not; a number alone is a barcode, or was to be one. */
const VOUCHER = /^(?=.*\p{L})[\p{L}\p{N}][\p{L}\p{N} ._\u2013\u2014-]{2,59}$/u;

/** Whether a scanned text may be a voucher's code. */
export const looksLikeVoucher = (text: string): boolean => VOUCHER.test(text.trim());

const WHYS = ["ended", "not_yours", "not_here", "unknown", "unnamed"] as const;
export type WhyUseless = (typeof WHYS)[number];

/** Why a voucher that was shown gives the basket nothing, if it gives nothing; one that is somebody's may only lack the name. */
export function whyUseless(useless: { voucher_id: string; reason: string }[], voucher: string, isNamed: boolean): WhyUseless | null {
  const found = useless.find(({ voucher_id }) => voucher_id === voucher);
  if (!found) return null;
  if (found.reason === "not_yours" && !isNamed) return "unnamed";
  return WHYS.find((why) => why === found.reason) ?? "unknown";
}
