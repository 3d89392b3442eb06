/** Shows an amount for people. `minor` is in the currency's minor unit and `exponent` its digits, both as the API sends them. */
export function formatAmount(minor: number, currency: Currency, locale: string): string {
  const { code, exponent } = currency;
  // Adding zero takes the sign from a negative zero.
  return formatter(locale, code, exponent).format(minor / 10 ** exponent + 0);
}

/** A short form for axes and narrow tiles: 12.3K. */
export function formatCompact(minor: number, currency: Currency, locale: string): string {
  return new Intl.NumberFormat(locale, {
    style: "currency",
    currency: currency.code,
    notation: "compact",
    maximumFractionDigits: 1,
    minimumFractionDigits: 0,
  }).format(minor / 10 ** currency.exponent);
}

/** Shows an exact decimal of major units ("3.50", "0.0125") without going through a float. */
export function formatDecimal(major: string, currency: Currency, locale: string): string {
  const digits = Math.max(currency.exponent, major.split(".")[1]?.length ?? 0);
  return formatter(locale, currency.code, digits).format(major as Intl.StringNumericLiteral);
}

export interface Currency {
  /** ISO 4217. */
  code: string;
  /** Digits of the minor unit: USD 2, VND 0. */
  exponent: number;
}

const formatters = new Map<string, Intl.NumberFormat>();

function formatter(locale: string, code: string, digits: number): Intl.NumberFormat {
  const key = `${locale} ${code} ${digits}`;
  let format = formatters.get(key);
  if (!format) {
    format = new Intl.NumberFormat(locale, {
      style: "currency",
      currency: code,
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
    formatters.set(key, format);
  }
  return format;
}
