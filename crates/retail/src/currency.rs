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
    /// Every note and coin that a drawer holds, in minor units, the largest first.
    pub cash: &'static [i64],
}

const CURRENCIES: &[Currency] = &[
    currency(
        "EUR",
        2,
        &[1, 2, 5, 10, 20, 50, 100, 200],
        &[
            50_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10, 5, 2, 1,
        ],
    ),
    currency(
        "GBP",
        2,
        &[1, 2, 5, 10, 20, 50],
        &[5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10, 5, 2, 1],
    ),
    currency(
        "JPY",
        0,
        &[100, 500, 1_000, 5_000, 10_000],
        &[10_000, 5_000, 2_000, 1_000, 500, 100, 50, 10, 5, 1],
    ),
    currency(
        "KWD",
        3,
        &[1, 5, 10, 20],
        &[20_000, 10_000, 5_000, 1_000, 500, 250, 100, 50, 20, 10, 5],
    ),
    currency(
        "SGD",
        2,
        &[1, 2, 5, 10, 50, 100],
        &[10_000, 5_000, 1_000, 500, 200, 100, 50, 20, 10, 5],
    ),
    currency(
        "THB",
        2,
        &[1, 5, 10, 20, 50, 100, 500, 1_000],
        &[
            100_000, 50_000, 10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50, 25,
        ],
    ),
    currency(
        "USD",
        2,
        &[1, 5, 10, 20, 50, 100],
        &[10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50, 25, 10, 5, 1],
    ),
    currency(
        "VND",
        0,
        &[
            1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000,
        ],
        &[
            500_000, 200_000, 100_000, 50_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500, 200,
        ],
    ),
];

const fn currency(
    code: &'static str,
    exponent: u32,
    notes: &'static [i64],
    cash: &'static [i64],
) -> Currency {
    Currency {
        code,
        exponent,
        notes,
        cash,
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

    /// A difference of a drawer that needs no reason unless the shop says otherwise: the smallest note or large coin.
    #[must_use]
    pub fn small_difference(self) -> Amount {
        let smallest = self.notes.first().copied().unwrap_or(1);
        Amount::from_minor(smallest * self.minor_per_major())
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
    fn a_drawer_is_counted_from_the_largest_note_to_the_smallest_coin() {
        for code in ["EUR", "GBP", "JPY", "KWD", "SGD", "THB", "USD", "VND"] {
            let currency = Currency::by_code(code).unwrap();
            assert!(
                currency.cash.windows(2).all(|pair| pair[0] > pair[1]),
                "{code}"
            );
            let notes = currency
                .notes
                .iter()
                .map(|note| note * currency.minor_per_major());
            assert!(
                notes.into_iter().all(|note| currency.cash.contains(&note)),
                "{code}: every note can be counted"
            );
        }
    }

    #[test]
    fn an_unknown_code_is_no_currency() {
        assert_eq!(Currency::by_code("XXX"), None);
    }
}
