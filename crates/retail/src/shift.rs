//! A shift: a till's open-to-close period, its drawer, and the count that closes it (pitfall 36).
use crate::{amount::Amount, id::Id};

/// Names a [`Shift`].
pub type ShiftId = Id<Shift>;

/// A till's open-to-close period.
#[derive(Debug)]
pub struct Shift;

/// The most cash that a float or a count may be: above it somebody typed a barcode.
pub const MAX_CASH: Amount = Amount::from_minor(1_000_000_000_000);

/// What passed through the drawer in a shift.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Drawer {
    /// Cash put in at the opening.
    pub float: Amount,
    /// Cash kept from sales, net of change and of what customers got back for goods.
    pub cash_sales: Amount,
    /// Cash paid out for purchases.
    pub purchases_paid: Amount,
    /// Cash that came back for purchases that were voided or replaced.
    pub purchases_back: Amount,
    /// Other cash that was put in.
    pub paid_in: Amount,
    /// Other cash that was spent.
    pub paid_out: Amount,
    /// Cash that was taken to the safe.
    pub dropped: Amount,
}

/// What the count of a drawer showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closing {
    /// What should be there.
    pub expected: Amount,
    /// What was counted, blind.
    pub counted: Amount,
    /// Counted less expected: negative when money is missing.
    pub over_short: Amount,
}

/// Why a shift cannot be opened or closed so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CashError {
    /// Below zero or above [`MAX_CASH`].
    #[error("the cash must be between 0.00 and {max}")]
    OutOfRange {
        /// The most there can be.
        max: Amount,
    },
}

/// Checks the float of a shift that opens.
///
/// # Errors
/// [`CashError`] when it cannot be a float.
pub fn open(float: Amount) -> Result<Drawer, CashError> {
    check_cash(float)?;
    Ok(Drawer {
        float,
        ..Drawer::default()
    })
}

impl Drawer {
    /// Float, plus cash sales, what came back for purchases and what was paid in, less what was paid out and taken to the safe.
    #[must_use]
    pub fn expected(self) -> Amount {
        self.float + self.cash_sales + self.purchases_back + self.paid_in
            - self.purchases_paid
            - self.paid_out
            - self.dropped
    }
}

/// How far a drawer may be off before somebody has to say something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tolerance {
    /// A difference above this needs a reason.
    pub reason_above: Amount,
    /// A difference above this needs a second person; none: whoever closes decides alone.
    pub alone_up_to: Option<Amount>,
}

/// What a difference asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asked {
    /// It is small, or there is none.
    Nothing,
    /// Why.
    Reason,
    /// Why, and somebody else who says so too.
    SecondPerson,
}

impl Closing {
    /// What this difference asks for.
    #[must_use]
    pub fn asks(self, tolerance: Tolerance) -> Asked {
        let off = Amount::from_minor(self.over_short.minor().abs());
        if tolerance.alone_up_to.is_some_and(|most| off > most) {
            Asked::SecondPerson
        } else if off > tolerance.reason_above {
            Asked::Reason
        } else {
            Asked::Nothing
        }
    }
}

/// Closes a shift by a blind count. A shift without a sale closes too.
///
/// # Errors
/// [`CashError`] when the count cannot be one.
pub fn close(drawer: Drawer, counted: Amount) -> Result<Closing, CashError> {
    check_cash(counted)?;
    let expected = drawer.expected();
    Ok(Closing {
        expected,
        counted,
        over_short: counted - expected,
    })
}

fn check_cash(cash: Amount) -> Result<(), CashError> {
    if cash.is_negative() || cash > MAX_CASH {
        return Err(CashError::OutOfRange { max: MAX_CASH });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
