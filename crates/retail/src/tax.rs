//! Tax that a price includes, taken out per document and rate (decision 16, pitfalls 3 and 5).
use rust_decimal::Decimal;

use crate::amount::Amount;

/// A tax rate in basis points: 700 is 7 %.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaxRate(u16);

/// 100 % in basis points; a higher rate is a typing error.
const WHOLE: u16 = 10_000;

impl TaxRate {
    /// No tax.
    pub const ZERO: Self = Self(0);

    /// A rate of that many basis points; `None` above 100 %.
    #[must_use]
    pub fn from_basis_points(basis_points: i64) -> Option<Self> {
        u16::try_from(basis_points)
            .ok()
            .filter(|&rate| rate <= WHOLE)
            .map(Self)
    }

    /// The rate in basis points.
    #[must_use]
    pub fn basis_points(self) -> i64 {
        i64::from(self.0)
    }

    /// The tax inside `gross`, rounded half up to minor units.
    #[must_use]
    pub fn included_in(self, gross: Amount) -> Amount {
        let exact = Decimal::from(gross.minor()) * Decimal::from(self.0)
            / Decimal::from(u32::from(WHOLE) + u32::from(self.0));
        Amount::round_half_up(exact).expect("a part of an amount fits into an amount")
    }
}

/// What one rate comes to on one document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaxLine {
    /// The rate.
    pub rate: TaxRate,
    /// What the customer pays for everything at this rate, tax included.
    pub gross: Amount,
    /// The tax inside `gross`.
    pub tax: Amount,
}

/// The taxes of a document, by rate, lowest first; totals at 0 % are listed too.
pub fn per_document(lines: impl IntoIterator<Item = (TaxRate, Amount)>) -> Vec<TaxLine> {
    let mut by_rate = std::collections::BTreeMap::<TaxRate, Amount>::new();
    for (rate, gross) in lines {
        *by_rate.entry(rate).or_default() += gross;
    }
    by_rate
        .into_iter()
        .map(|(rate, gross)| TaxLine {
            rate,
            gross,
            tax: rate.included_in(gross),
        })
        .collect()
}

#[cfg(test)]
mod tests;
