//! A container that goods are weighed in: a crate, a sack, a drum. The head office says what an empty one weighs.
use crate::{id::Id, quantity::Quantity};

/// Names a container.
pub type ContainerId = Id<Container>;

/// What goods are weighed in.
#[derive(Debug)]
pub struct Container;

/// The most that an empty container weighs, in grams: a tonne.
pub const MAX_TARE: Quantity = Quantity::new(1_000_000);
/// The most containers of one kind on a line.
pub const MAX_COUNT: i64 = 1_000;

/// Whether an empty container can weigh so many grams.
#[must_use]
pub const fn is_tare(grams: i64) -> bool {
    grams >= 1 && grams <= MAX_TARE.base_units()
}

/// So many containers of one kind, with what an empty one weighed then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Containers {
    id: ContainerId,
    each: Quantity,
    count: i64,
}

/// Why there are no such containers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ContainerError {
    /// None, fewer than none, or more than [`MAX_COUNT`].
    #[error("there are 1 to {MAX_COUNT} containers on a line")]
    Count,
    /// An empty one weighs nothing, or more than [`MAX_TARE`].
    #[error("an empty container weighs 1 g to {MAX_TARE} g")]
    Tare,
}

impl Containers {
    /// `count` containers of `each` grams.
    ///
    /// # Errors
    /// [`ContainerError`]
    pub const fn new(id: ContainerId, each: Quantity, count: i64) -> Result<Self, ContainerError> {
        if !is_tare(each.base_units()) {
            return Err(ContainerError::Tare);
        }
        if count < 1 || count > MAX_COUNT {
            return Err(ContainerError::Count);
        }
        Ok(Self { id, each, count })
    }

    /// Which.
    #[must_use]
    pub const fn id(self) -> ContainerId {
        self.id
    }

    /// Grams of an empty one.
    #[must_use]
    pub const fn each(self) -> Quantity {
        self.each
    }

    /// How many.
    #[must_use]
    pub const fn count(self) -> i64 {
        self.count
    }

    /// Grams of all of them: at most a thousand tonnes.
    #[must_use]
    pub const fn tare(self) -> Quantity {
        Quantity::new(self.each.base_units() * self.count)
    }
}

#[cfg(test)]
mod tests;
