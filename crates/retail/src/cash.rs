//! Cash that goes in or out of a drawer beside sales and purchases, and the count of a drawer by notes and coins.
use crate::{amount::Amount, currency::Currency, id::Id, shift::MAX_CASH};

/// Names a [`Movement`].
pub type MovementId = Id<Movement>;

/// Letters of a note at the most.
pub const MAX_NOTE: usize = 200;
/// Notes or coins of one kind at the most: above it somebody typed an amount.
pub const MAX_PIECES: i64 = 100_000;
/// The reason that says nothing by itself: a note has to.
pub const OTHER: &str = "other";

/// Which way cash goes, and why that is its own document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MovementKind {
    /// Into the drawer: change from the bank, money that was found.
    PaidIn,
    /// Out of the drawer, spent: postage, cleaning things, a taxi.
    PaidOut,
    /// Out of the drawer into the safe: still the shop's, no longer the cashier's.
    Drop,
}

impl MovementKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::PaidIn, Self::PaidOut, Self::Drop];

    /// The name in messages and databases.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::PaidIn => "paid_in",
            Self::PaidOut => "paid_out",
            Self::Drop => "drop",
        }
    }

    /// The kind of that code.
    #[must_use]
    pub fn by_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The reasons that a till offers, the last one for everything else.
    #[must_use]
    pub const fn reasons(self) -> &'static [&'static str] {
        match self {
            Self::PaidIn => &["change", "found", "repaid", OTHER],
            Self::PaidOut => &[
                "change",
                "supplies",
                "delivery",
                "refreshments",
                "staff",
                OTHER,
            ],
            Self::Drop => &["safe", "bank", OTHER],
        }
    }

    /// What it does to the drawer.
    #[must_use]
    pub fn signed(self, amount: Amount) -> Amount {
        match self {
            Self::PaidIn => amount,
            Self::PaidOut | Self::Drop => -amount,
        }
    }
}

/// Cash that went in or out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    /// Which way.
    pub kind: MovementKind,
    /// How much, positive.
    pub amount: Amount,
    /// One of [`MovementKind::reasons`].
    pub reason: &'static str,
    /// In people's own words, or the number on the bag of a drop.
    pub note: Option<String>,
}

/// Why cash cannot be moved so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MovementError {
    /// Not above zero, or above [`MAX_CASH`].
    #[error("the amount must be above zero and at most {max}")]
    AmountOutOfRange {
        /// The most there can be.
        max: Amount,
    },
    /// Not one of the reasons of its kind.
    #[error("this is no reason that cash is moved for")]
    UnknownReason,
    /// The reason is [`OTHER`], and nobody says which.
    #[error("the reason has to be said in words")]
    NoteMissing,
    /// More letters than fit on a slip, or letters that are none.
    #[error("a note has at most {max} letters, on one line")]
    NoteUnfit {
        /// Letters.
        max: usize,
    },
}

/// Checks a movement of cash. How much should be in the drawer does not matter: what is in the hand was there.
///
/// # Errors
/// [`MovementError`] when it cannot be one.
pub fn movement(
    kind: MovementKind,
    amount: Amount,
    reason: &str,
    note: Option<&str>,
) -> Result<Movement, MovementError> {
    if amount <= Amount::ZERO || amount > MAX_CASH {
        return Err(MovementError::AmountOutOfRange { max: MAX_CASH });
    }
    let known = kind.reasons().iter().find(|known| **known == reason);
    let reason = known.copied().ok_or(MovementError::UnknownReason)?;
    let note = note.map(str::trim).filter(|note| !note.is_empty());
    if note.is_some_and(|note| !fits(note)) {
        return Err(MovementError::NoteUnfit { max: MAX_NOTE });
    }
    if reason == OTHER && note.is_none() {
        return Err(MovementError::NoteMissing);
    }
    Ok(Movement {
        kind,
        amount,
        reason,
        note: note.map(str::to_owned),
    })
}

/// Whether a text can stand on a slip.
#[must_use]
pub fn fits(note: &str) -> bool {
    note.chars().count() <= MAX_NOTE && !note.chars().any(char::is_control)
}

/// So many notes or coins of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pieces {
    /// What one is worth, minor units.
    pub value: Amount,
    /// How many.
    pub count: i64,
}

/// Why notes and coins are no count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CountError {
    /// The currency has no such note or coin.
    #[error("there is no note or coin of {value}")]
    NoSuchPiece {
        /// Of this value.
        value: Amount,
    },
    /// The same one twice.
    #[error("{value} is counted twice")]
    Twice {
        /// Of this value.
        value: Amount,
    },
    /// Below zero or above [`MAX_PIECES`].
    #[error("there can be at most {max} of {value}")]
    OutOfRange {
        /// Of this value.
        value: Amount,
        /// Pieces.
        max: i64,
    },
}

/// What counted notes and coins are worth.
///
/// # Errors
/// [`CountError`] names the first kind that cannot be counted so.
pub fn worth(currency: Currency, pieces: &[Pieces]) -> Result<Amount, CountError> {
    let mut seen = Vec::with_capacity(pieces.len());
    let mut total = Amount::ZERO;
    for &Pieces { value, count } in pieces {
        if !currency.cash.contains(&value.minor()) {
            return Err(CountError::NoSuchPiece { value });
        }
        if seen.contains(&value) {
            return Err(CountError::Twice { value });
        }
        if !(0..=MAX_PIECES).contains(&count) {
            return Err(CountError::OutOfRange {
                value,
                max: MAX_PIECES,
            });
        }
        seen.push(value);
        total += Amount::from_minor(value.minor() * count);
    }
    Ok(total)
}

#[cfg(test)]
mod tests;
