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

    /// The tax that comes on top of `net`, rounded half up to minor units.
    #[must_use]
    pub fn on_top_of(self, net: Amount) -> Amount {
        let exact = Decimal::from(net.minor()) * Decimal::from(self.0) / Decimal::from(WHOLE);
        Amount::round_half_up(exact).expect("a tax of at most all of it fits into an amount")
    }

    /// The tax inside `gross`, rounded half up to minor units.
    #[must_use]
    pub fn included_in(self, gross: Amount) -> Amount {
        let exact = Decimal::from(gross.minor()) * Decimal::from(self.0)
            / Decimal::from(u32::from(WHOLE) + u32::from(self.0));
        Amount::round_half_up(exact).expect("a part of an amount fits into an amount")
    }
}

/// How prices and tax are related at a place: a setting of the branch, frozen on the sale (pitfall 3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TaxRule {
    /// Do prices include the tax?
    pub prices: TaxIn,
    /// Where tax is rounded.
    pub rounding: TaxRounding,
}

/// Whether prices include tax.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TaxIn {
    /// They do: it is taken out of what remains after discounts.
    #[default]
    Included,
    /// They do not: it is added to what remains after discounts.
    Excluded,
}

/// Where tax is rounded to minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TaxRounding {
    /// Once for each rate of the document.
    #[default]
    PerDocument,
    /// On each line.
    PerLine,
}

impl TaxRule {
    /// The taxes of a document by rate, lowest first, and what the customer pays for each line, tax included.
    ///
    /// `lines` are what remains after discounts, never below zero, by the prices' own side of the tax. Tax of a document
    /// that is added is allocated to its lines by largest remainder.
    #[must_use]
    pub fn apply(self, lines: &[(TaxRate, Amount)]) -> (Vec<TaxLine>, Vec<Amount>) {
        match (self.prices, self.rounding) {
            (TaxIn::Included, TaxRounding::PerDocument) => (
                per_document(lines.iter().copied()),
                lines.iter().map(|&(_, total)| total).collect(),
            ),
            (TaxIn::Included, TaxRounding::PerLine) => by_rate(
                lines
                    .iter()
                    .map(|&(rate, total)| (rate, total, rate.included_in(total))),
            ),
            (TaxIn::Excluded, TaxRounding::PerLine) => by_rate(lines.iter().map(|&(rate, net)| {
                let tax = rate.on_top_of(net);
                (rate, net + tax, tax)
            })),
            (TaxIn::Excluded, TaxRounding::PerDocument) => added_per_document(lines),
        }
    }
}

/// Sums lines whose tax is known.
fn by_rate(lines: impl Iterator<Item = (TaxRate, Amount, Amount)>) -> (Vec<TaxLine>, Vec<Amount>) {
    let mut sums = std::collections::BTreeMap::<TaxRate, (Amount, Amount)>::new();
    let mut totals = Vec::new();
    for (rate, total, tax) in lines {
        let sum = sums.entry(rate).or_default();
        sum.0 += total;
        sum.1 += tax;
        totals.push(total);
    }
    let taxes = sums
        .into_iter()
        .map(|(rate, (gross, tax))| TaxLine { rate, gross, tax })
        .collect();
    (taxes, totals)
}

fn added_per_document(lines: &[(TaxRate, Amount)]) -> (Vec<TaxLine>, Vec<Amount>) {
    let mut rates: Vec<TaxRate> = lines.iter().map(|&(rate, _)| rate).collect();
    rates.sort_unstable();
    rates.dedup();
    let mut totals: Vec<Amount> = lines.iter().map(|&(_, net)| net).collect();
    let taxes = rates.into_iter().map(|rate| {
        let weights: Vec<i64> = lines
            .iter()
            .map(|&(of, net)| if of == rate { net.minor() } else { 0 })
            .collect();
        let net = Amount::from_minor(weights.iter().sum());
        let tax = rate.on_top_of(net);
        for (total, share) in totals
            .iter_mut()
            .zip(tax.split(&weights).unwrap_or_default())
        {
            *total += share;
        }
        TaxLine {
            rate,
            gross: net + tax,
            tax,
        }
    });
    (taxes.collect(), totals)
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
