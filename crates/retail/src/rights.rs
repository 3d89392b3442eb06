//! Rights: who may promise a unit. Each unit of a scarce thing is promised by the one account that holds its right, so
//! nothing is ever promised twice, also while shops and cloud cannot talk.
//!
//! A right is over a *resource* (a variant at a location, a single-use voucher, later a customer's points) and counts
//! in integers. The node of a location and the cloud each keep one account per resource; the only ways between the
//! two are the *grant* (down) and the *return* (up), each debited before it travels and credited once. There is no
//! time-out, lease or cancellation that gives rights back: each of them oversells (sync.md 2.4, checked by the model
//! in `sim`). Every transition here is one atomic commit of one account; what is not a function here cannot happen.
//!
//! Sources: the escrow method (O'Neil 1986), the demarcation protocol (Barbará and Garcia-Molina 1994), bounded
//! counters (Balegas et al. 2015); the form used here is sync.md 2.1-2.9.
use uuid::Uuid;

use crate::quantity::Quantity;

mod cloud;
mod node;
mod safety;
#[cfg(test)]
mod tests;

pub use cloud::{CloudAccount, ReservationState};
pub use node::{Answer, Count, NodeAccount, Shortage, Trust};
pub use safety::{Ledgers, Unsafe};

/// What a right is over: the id of a variant, a voucher or an account of points. Ids are unique across nouns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Resource(pub Uuid);

/// The accounts of a location, as events name them (sync.md 2.3).
///
/// On hand is `N + C + K + U - D`. `N`, `C` and `D` are rights; `K`, `U` and `T` are units in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bucket {
    /// Sellable units whose right the node holds.
    Node,
    /// What the cloud side may at most claim here (`claim_bound`).
    Cloud,
    /// Claims of the cloud that have no unit behind them: after an override, or a count below the claims.
    Debt,
    /// Picked for an order, not handed over.
    Picked,
    /// Not sellable: damaged, returned and not graded.
    Unsellable,
    /// Packed and shipped to another location.
    Shipped,
}

impl Bucket {
    /// Every bucket.
    pub const ALL: [Self; 6] = [
        Self::Node,
        Self::Cloud,
        Self::Debt,
        Self::Picked,
        Self::Unsellable,
        Self::Shipped,
    ];

    /// The letter in messages and databases.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Node => "N",
            Self::Cloud => "C",
            Self::Debt => "D",
            Self::Picked => "K",
            Self::Unsellable => "U",
            Self::Shipped => "T",
        }
    }

    /// The bucket of that letter.
    #[must_use]
    pub fn by_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|bucket| bucket.code() == code)
    }

    /// What one unit in this bucket adds to on hand.
    #[must_use]
    pub const fn on_hand(self) -> i64 {
        match self {
            Self::Node | Self::Cloud | Self::Picked | Self::Unsellable => 1,
            Self::Debt => -1,
            Self::Shipped => 0,
        }
    }
}

/// One signed change of one bucket: what an event says about a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    /// Which account.
    pub bucket: Bucket,
    /// Base units, signed; never zero.
    pub quantity: Quantity,
    /// Weak evidence: sellable where the goods are in hand, not exportable before a count (sync.md 2.1).
    pub is_weak: bool,
}

impl Move {
    const fn new(bucket: Bucket, quantity: Quantity) -> Self {
        Self {
            bucket,
            quantity,
            is_weak: false,
        }
    }
}

/// Why a transition is refused. Nothing has changed then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RightsError {
    /// The account holds too little.
    #[error("{needed} are needed, {held} are held")]
    Short {
        /// What the transition takes.
        needed: Quantity,
        /// What the account has.
        held: Quantity,
    },
    /// A quantity that is not positive.
    #[error("{0} is no quantity to move")]
    NotPositive(Quantity),
    /// More than an account can count.
    #[error("the account would overflow")]
    Overflow,
}

/// Checks a quantity that moves.
fn positive(quantity: Quantity) -> Result<Quantity, RightsError> {
    if quantity > Quantity::ZERO {
        Ok(quantity)
    } else {
        Err(RightsError::NotPositive(quantity))
    }
}

/// Takes from a balance, never below zero.
fn take(balance: &mut Quantity, quantity: Quantity) -> Result<(), RightsError> {
    if *balance < quantity {
        return Err(RightsError::Short {
            needed: quantity,
            held: *balance,
        });
    }
    *balance = *balance - quantity;
    Ok(())
}

/// Adds to a balance.
fn add(balance: &mut Quantity, quantity: Quantity) -> Result<(), RightsError> {
    let sum = balance
        .base_units()
        .checked_add(quantity.base_units())
        .ok_or(RightsError::Overflow)?;
    *balance = Quantity::new(sum);
    Ok(())
}
