//! The cloud's account of one resource at one location, and the life of an online promise.
use super::{RightsError, add, positive, take};
use crate::quantity::Quantity;

/// What the cloud holds for one resource at one location, in base units. The cloud's rights are per location: an
/// online order is always sourced from concrete places.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CloudAccount {
    /// Rights that may be promised online or granted to the node (`cloud_rights`).
    pub available: Quantity,
    /// Granted to the node and not yet known to be credited there.
    pub granting: Quantity,
    /// Promised to online orders and not yet picked.
    pub promised: Quantity,
}

impl CloudAccount {
    /// All that the cloud may claim at the location, as far as it knows: the node's `claim_bound` at the last event
    /// that was accepted is this sum, exactly.
    #[must_use]
    pub fn claims(self) -> Quantity {
        self.available + self.granting + self.promised
    }

    /// Promises units to an order.
    ///
    /// # Errors
    /// [`RightsError::Short`] when too few are available: nobody is promised what is not there.
    pub fn reserve(&mut self, quantity: Quantity) -> Result<(), RightsError> {
        let mut next = *self;
        take(&mut next.available, positive(quantity)?)?;
        add(&mut next.promised, quantity)?;
        *self = next;
        Ok(())
    }

    /// Takes a promise back that no node has been told of, or whose node has confirmed that it will not pick.
    ///
    /// # Errors
    /// [`RightsError::Short`] when nothing like it is promised.
    pub fn release(&mut self, quantity: Quantity) -> Result<(), RightsError> {
        let mut next = *self;
        take(&mut next.promised, positive(quantity)?)?;
        add(&mut next.available, quantity)?;
        *self = next;
        Ok(())
    }

    /// Sends rights to the node. There is no way to take a grant back: it arrives, or its epoch is fenced.
    ///
    /// # Errors
    /// [`RightsError::Short`] beyond what is available.
    pub fn grant(&mut self, quantity: Quantity) -> Result<(), RightsError> {
        let mut next = *self;
        take(&mut next.available, positive(quantity)?)?;
        add(&mut next.granting, quantity)?;
        *self = next;
        Ok(())
    }

    /// The node's event says that a grant was credited.
    ///
    /// # Errors
    /// [`RightsError::Short`] when no such grant is on its way.
    pub fn credited(&mut self, quantity: Quantity) -> Result<(), RightsError> {
        take(&mut self.granting, positive(quantity)?)
    }

    /// The node's event says that it gave rights back.
    ///
    /// # Errors
    /// A quantity that is not positive or too large.
    pub fn returned(&mut self, quantity: Quantity) -> Result<(), RightsError> {
        add(&mut self.available, positive(quantity)?)
    }

    /// The node's event says that promised units were picked, or that they were not there.
    ///
    /// # Errors
    /// [`RightsError::Short`] when nothing like it is promised.
    pub fn picked(&mut self, quantity: Quantity) -> Result<(), RightsError> {
        take(&mut self.promised, positive(quantity)?)
    }

    /// The node's epoch is over: grants on their way to it will never be credited. Their units are established again
    /// by the count of the next epoch, so they come back to nobody.
    pub fn void_grants(&mut self) {
        self.granting = Quantity::ZERO;
    }

    /// After the cloud was restored from a backup: what the node's log says the cloud may claim, less what is known
    /// to be promised. Grants of the lost future are void.
    ///
    /// # Errors
    /// [`RightsError::Short`] when more is promised than the cloud can have; the location stays frozen then.
    pub fn rebase(&mut self, claim_bound: Quantity) -> Result<(), RightsError> {
        let mut available = claim_bound;
        take(&mut available, self.promised)?;
        (self.available, self.granting) = (available, Quantity::ZERO);
        Ok(())
    }

    /// A location without a node was counted: what is promised comes first, the rest may be promised.
    ///
    /// # Errors
    /// [`RightsError::Short`] when less is there than is promised: orders must be re-sourced first.
    pub fn counted(&mut self, counted: Quantity) -> Result<(), RightsError> {
        let mut available = counted;
        take(&mut available, self.promised)?;
        self.available = available;
        Ok(())
    }
}

/// The life of one online promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReservationState {
    /// Waits for the payment, until its hold ends.
    Held,
    /// Paid; the node is told to pick it.
    Claimed,
    /// Cancelled after the node was told: the right stays where it is until the node's own event says that it will
    /// not pick, or that it had picked before it knew (sync.md 2.14, 16).
    Cancelling,
    /// Picked from the shelf.
    Picked,
    /// With the customer.
    HandedOver,
    /// The hold ended without a payment.
    Expired,
    /// Cancelled; the right went back to the cloud, or the picked units to the node.
    Cancelled,
    /// The units were not on the shelf.
    Short,
    /// Taken back because a supervisor's override or a count left no unit behind it.
    Broken,
}

impl ReservationState {
    /// Every state.
    pub const ALL: [Self; 9] = [
        Self::Held,
        Self::Claimed,
        Self::Cancelling,
        Self::Picked,
        Self::HandedOver,
        Self::Expired,
        Self::Cancelled,
        Self::Short,
        Self::Broken,
    ];

    /// The name in messages and databases.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Claimed => "claimed",
            Self::Cancelling => "cancelling",
            Self::Picked => "picked",
            Self::HandedOver => "handed_over",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Short => "short",
            Self::Broken => "broken",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn by_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// Whether its units count as promised.
    #[must_use]
    pub const fn is_promised(self) -> bool {
        matches!(self, Self::Held | Self::Claimed | Self::Cancelling)
    }

    /// Whether a promise may go from here to there. Only these steps exist; each is taken under the row's lock.
    #[must_use]
    pub const fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (
                Self::Held,
                Self::Claimed | Self::Expired | Self::Cancelled | Self::Broken
            ) | (Self::Claimed, Self::Cancelling | Self::Picked | Self::Short)
                | (
                    Self::Cancelling,
                    Self::Cancelled | Self::Broken | Self::Picked | Self::Short
                )
                | (Self::Picked, Self::HandedOver | Self::Cancelled)
        )
    }
}
