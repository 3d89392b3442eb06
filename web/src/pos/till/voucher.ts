/** Letters and digits, in groups or not; a number alone is a barcode, or was to be one. */
const VOUCHER = /^(?=.*\p{L})[\p{L}\p{N}][\p{L}\p{N} ._\u2013\u2014-]{2,59}$/u;

/** Whether a scanned text may be a voucher's code. */
export const looksLikeVoucher = (text: string): boolean => VOUCHER.test(text.trim());
