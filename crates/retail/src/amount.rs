//! Money, counted in the currency's minor unit (cents, satang, dong). Never a float.
use std::{fmt, iter::Sum, ops};

use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};
use serde::{Deserialize, Serialize};

/// An amount of money in minor units of the company's base currency. Negative for refunds.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Amount {
    minor: i64,
}

impl Amount {
    /// Nothing to pay.
    pub const ZERO: Self = Self::from_minor(0);

    /// An amount of `minor` units.
    #[must_use]
    pub const fn from_minor(minor: i64) -> Self {
        Self { minor }
    }

    /// The number of minor units.
    #[must_use]
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// Whether it is below zero.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.minor < 0
    }

    /// Rounds an exact number of minor units half away from zero, the one rounding of a line (decision 16).
    ///
    /// `None` when it does not fit.
    #[must_use]
    pub fn round_half_up(minor: Decimal) -> Option<Self> {
        minor
            .round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero)
            .to_i64()
            .map(Self::from_minor)
    }

    /// Splits `self` over `weights` in whole minor units; the parts always add up to `self`.
    ///
    /// Largest remainder first, and the earlier weight on a tie, so the same basket gives the
    /// same split on every till. Returns `None` if no weight is positive or one is negative.
    #[must_use]
    pub fn split(self, weights: &[i64]) -> Option<Vec<Self>> {
        let total_weight: i128 = weights.iter().copied().map(i128::from).sum();
        if total_weight <= 0 || weights.iter().any(|&weight| weight < 0) {
            return None;
        }
        let share = |weight: i64| i128::from(self.minor) * i128::from(weight);
        let mut parts: Vec<i128> = weights
            .iter()
            .map(|&weight| share(weight).div_euclid(total_weight))
            .collect();

        let mut by_remainder: Vec<usize> = (0..weights.len()).collect();
        by_remainder
            .sort_by_key(|&i| std::cmp::Reverse(share(weights[i]).rem_euclid(total_weight)));
        let left_over = i128::from(self.minor) - parts.iter().sum::<i128>();
        for &i in by_remainder.iter().take(usize::try_from(left_over).ok()?) {
            parts[i] += 1;
        }
        parts
            .into_iter()
            .map(|part| i64::try_from(part).ok().map(Self::from_minor))
            .collect()
    }
}

impl ops::Add for Amount {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::from_minor(self.minor + other.minor)
    }
}

impl ops::AddAssign for Amount {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl ops::Sub for Amount {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self::from_minor(self.minor - other.minor)
    }
}

impl ops::Neg for Amount {
    type Output = Self;
    fn neg(self) -> Self {
        Self::from_minor(-self.minor)
    }
}

impl Sum for Amount {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, |total, amount| total + amount)
    }
}

/// For logs and tests: two decimals whatever the currency. People see the receipt's and the web's format.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.minor < 0 { "-" } else { "" };
        let minor = self.minor.unsigned_abs();
        write!(f, "{sign}{}.{:02}", minor / 100, minor % 100)
    }
}

#[cfg(test)]
mod tests;
