//! A basket before it is paid: what is taken off a line, and what has changed while it was parked.
use crate::{amount::Amount, price::Price};

/// Basis points of the whole.
const WHOLE_BPS: i64 = 10_000;

/// What is taken off a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reduction {
    /// So much.
    Amount(Amount),
    /// A share of what the line costs, in hundredths of a percent.
    Share(i64),
}

impl Reduction {
    /// The reduction that was typed; `None` when a share is not one, or stands beside an amount.
    #[must_use]
    pub fn typed(amount: Amount, share_bps: Option<i64>) -> Option<Self> {
        match share_bps {
            None => Some(Self::Amount(amount)),
            Some(bps) if amount == Amount::ZERO && (1..=WHOLE_BPS).contains(&bps) => {
                Some(Self::Share(bps))
            }
            Some(_) => None,
        }
    }

    /// What it comes to on a line of `gross`: a share is rounded half up to whole minor units, and is never more than
    /// the line.
    #[must_use]
    pub fn of(self, gross: Amount) -> Amount {
        match self {
            Self::Amount(amount) => amount,
            Self::Share(bps) => {
                let (whole, half) = (i128::from(WHOLE_BPS), i128::from(WHOLE_BPS / 2));
                let part = (i128::from(gross.minor()) * i128::from(bps) + half).div_euclid(whole);
                Amount::from_minor(i64::try_from(part).unwrap_or(gross.minor())).min(gross)
            }
        }
    }
}

/// What has become of a line's price while its basket was parked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It costs something else now.
    Price {
        /// When it was parked.
        before: Price,
        /// Now.
        now: Price,
    },
    /// It is no longer sold here.
    NotForSale,
}

/// What is to be said about a line whose basket is recalled; nothing when it costs what it did.
#[must_use]
pub fn changed(before: Price, now: Option<Price>) -> Option<Change> {
    match now {
        None => Some(Change::NotForSale),
        Some(now) if now == before => None,
        Some(now) => Some(Change::Price { before, now }),
    }
}

#[cfg(test)]
mod tests;
