//! Stock: signed movements in an append-only ledger; on hand is their sum.
use crate::{catalog::VariantId, quantity::Quantity};

/// Why units moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Sold at a till.
    Sale,
    /// Bought at a buying station.
    Purchase,
    /// A count found another number than the book.
    Count,
    /// A customer holds more than the book has: the units were there all along (decision 9).
    Found,
}

impl Reason {
    /// The name in messages and databases.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Sale => "sale",
            Self::Purchase => "purchase",
            Self::Count => "count",
            Self::Found => "found",
        }
    }
}

/// One signed change of the sellable units of a variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Movement {
    /// What moved.
    pub variant: VariantId,
    /// Base units; negative when they leave.
    pub quantity: Quantity,
}

/// Sums movements per variant, sorted by variant: the one global order in which rows are locked (pitfall 41).
pub fn per_variant(movements: impl IntoIterator<Item = Movement>) -> Vec<Movement> {
    let mut sums = std::collections::BTreeMap::<VariantId, Quantity>::new();
    for movement in movements {
        let sum = sums.entry(movement.variant).or_default();
        *sum = *sum + movement.quantity;
    }
    sums.into_iter()
        .map(|(variant, quantity)| Movement { variant, quantity })
        .collect()
}

/// What a count changes: the movement from `expected` to `counted`, or `None` when the book was right.
#[must_use]
pub fn count_difference(
    variant: VariantId,
    expected: Quantity,
    counted: Quantity,
) -> Option<Movement> {
    (expected != counted).then(|| Movement {
        variant,
        quantity: counted - expected,
    })
}
