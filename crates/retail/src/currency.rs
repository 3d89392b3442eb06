//! A currency: how many decimals it has and which notes people pay with.
use rust_decimal::Decimal;

use crate::amount::Amount;

/// A currency by its ISO 4217 code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Currency {
    /// ISO 4217 alphabetic code.
    pub code: &'static str,
    /// Decimals of the minor unit: VND 0, THB 2, KWD 3 (ISO 4217).
    pub exponent: u32,
    /// Notes and large coins in major units, ascending, for the cash a customer is likely to hand over.
    notes: &'static [i64],
}

const CURRENCIES: &[Currency] = &[
    currency("EUR", 2, &[1, 2, 5, 10, 20, 50, 100, 200]),
    currency("GBP", 2, &[1, 2, 5, 10, 20, 50]),
    currency("JPY", 0, &[100, 500, 1_000, 5_000, 10_000]),
    currency("KWD", 3, &[1, 5, 10, 20]),
    currency("SGD", 2, &[1, 2, 5, 10, 50, 100]),
    currency("THB", 2, &[1, 5, 10, 20, 50, 100, 500, 1_000]),
    currency("USD", 2, &[1, 5, 10, 20, 50, 100]),
    currency(
        "VND",
        0,
        &[
            1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000,
        ],
    ),
];

const fn currency(code: &'static str, exponent: u32, notes: &'static [i64]) -> Currency {
    Currency {
        code,
        exponent,
        notes,
    }
}

/// How many amounts the till offers beside the exact one.
const SUGGESTIONS: usize = 3;

impl Currency {
    /// The currency of that ISO 4217 code, if we know it.
    #[must_use]
    pub fn by_code(code: &str) -> Option<Self> {
        CURRENCIES.iter().copied().find(|known| known.code == code)
    }

    /// Minor units in one major unit: 100 for USD, 1 for VND.
    #[must_use]
    pub const fn minor_per_major(self) -> i64 {
        10_i64.pow(self.exponent)
    }

    /// An exact number of major units as minor units, not yet rounded.
    #[must_use]
    pub fn minor_of(self, major: Decimal) -> Option<Decimal> {
        major.checked_mul(Decimal::from(self.minor_per_major()))
    }

    /// What a customer is likely to hand over for `due`: the exact amount, then the next round sums that notes make.
    #[must_use]
    pub fn suggested_cash(self, due: Amount) -> Vec<Amount> {
        if due <= Amount::ZERO {
            return vec![due];
        }
        let mut sums: Vec<i64> = self
            .notes
            .iter()
            .filter_map(|note| note.checked_mul(self.minor_per_major()))
            .filter_map(|note| due.minor().checked_add(note - 1).map(|up| up / note * note))
            .filter(|&sum| sum > due.minor())
            .collect();
        sums.sort_unstable();
        sums.dedup();
        std::iter::once(due)
            .chain(sums.into_iter().take(SUGGESTIONS).map(Amount::from_minor))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Currency;
    use crate::amount::Amount;

    #[track_caller]
    fn check(code: &str, due: i64, suggested: &[i64]) {
        let currency = Currency::by_code(code).unwrap();
        let cash = currency.suggested_cash(Amount::from_minor(due));
        let cash: Vec<i64> = cash.into_iter().map(Amount::minor).collect();
        assert_eq!(cash, suggested, "{code} {due}");
    }

    #[test]
    fn suggested_cash() {
        check("USD", 1_234, &[1_234, 1_300, 1_500, 2_000]);
        check("USD", 2_000, &[2_000, 5_000, 10_000]);
        check("VND", 87_500, &[87_500, 88_000, 90_000, 100_000]);
        check("KWD", 1, &[1, 1_000, 5_000, 10_000]);
        check("USD", 0, &[0]);
    }

    #[test]
    fn an_unknown_code_is_no_currency() {
        assert_eq!(Currency::by_code("XXX"), None);
    }
}
