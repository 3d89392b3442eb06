//! What one base unit, or a round number of them, costs: an exact decimal, rounded only on a line.
use rust_decimal::Decimal;

use crate::{amount::Amount, currency::Currency, quantity::Quantity};

/// Decimals that a unit price may carry, in major units.
pub const MAX_SCALE: u32 = 8;

/// The highest unit price or unit cost that is taken for one, in major units.
pub const MAX_UNIT_PRICE: i64 = 1_000_000_000;

/// An exact price in major units for `per` base units: 1.99 for 1 piece, 3.50 for 1,000 grams.
///
/// The same type carries a unit cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Price {
    major: Decimal,
    per: i64,
}

/// Why a number is not a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    /// Below zero.
    #[error("a price is never negative")]
    Negative,
    /// Above [`MAX_UNIT_PRICE`], or with more than [`MAX_SCALE`] decimals.
    #[error("a price has at most {MAX_SCALE} decimals and is at most {MAX_UNIT_PRICE}")]
    OutOfRange,
    /// `per` must be positive.
    #[error("a price is for a positive number of base units")]
    PerNothing,
}

impl Price {
    /// A price of `major` units of money for `per` base units.
    ///
    /// # Errors
    /// Each [`PriceError`] names the number that is wrong.
    pub fn new(major: Decimal, per: i64) -> Result<Self, PriceError> {
        if major.is_sign_negative() && !major.is_zero() {
            return Err(PriceError::Negative);
        }
        if major > Decimal::from(MAX_UNIT_PRICE) || major.normalize().scale() > MAX_SCALE {
            return Err(PriceError::OutOfRange);
        }
        if per <= 0 {
            return Err(PriceError::PerNothing);
        }
        Ok(Self {
            major: major.normalize(),
            per,
        })
    }

    /// Major units of money for [`Price::per`] base units.
    #[must_use]
    pub const fn major(self) -> Decimal {
        self.major
    }

    /// The number of base units that the price is for.
    #[must_use]
    pub const fn per(self) -> i64 {
        self.per
    }

    /// What `quantity` costs, rounded once, half up, to minor units (decision 16, pitfall 2).
    ///
    /// `None` when the sum does not fit into an [`Amount`].
    #[must_use]
    pub fn extend(self, quantity: Quantity, currency: Currency) -> Option<Amount> {
        let exact = currency
            .minor_of(self.major)?
            .checked_mul(Decimal::from(quantity.base_units()))?
            .checked_div(Decimal::from(self.per))?;
        Amount::round_half_up(exact)
    }
}

#[cfg(test)]
mod tests;
