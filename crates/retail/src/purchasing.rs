//! A purchase: goods bought on the spot from a supplier, by piece or by weight, and paid.
use crate::{
    amount::Amount,
    catalog::VariantId,
    currency::Currency,
    id::Id,
    price::Price,
    quantity::{Quantity, Unit},
};

pub mod container;
pub mod reversal;

use container::Containers;

/// Names a [`Purchase`].
pub type PurchaseId = Id<Purchase>;
/// Names a supplier.
pub type SupplierId = Id<Supplier>;

/// From whom goods are bought.
#[derive(Debug)]
pub struct Supplier;

/// The most lines that one purchase may have.
pub const MAX_LINES: usize = 500;

/// How much was taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Counted, in base units.
    Counted(Quantity),
    /// Weighed, in grams.
    Weighed(Weight),
}

/// The most that a scale may show, in grams: a full truck.
pub const MAX_GROSS: Quantity = Unit::Gram.most_on_a_purchase_line();

/// A weighing, in grams: net is gross less tare (pitfall 25).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weight {
    /// Goods and containers.
    pub gross: Quantity,
    /// The containers alone.
    pub tare: Tare,
    /// Where the gross weight came from.
    pub source: WeightSource,
}

/// What is taken off a gross weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tare {
    /// Grams that somebody typed; zero: nothing but the goods was on the scale.
    Typed(Quantity),
    /// So many of a container whose weight is known.
    Containers(Containers),
}

impl Tare {
    /// Grams.
    #[must_use]
    pub const fn grams(self) -> Quantity {
        match self {
            Self::Typed(grams) => grams,
            Self::Containers(containers) => containers.tare(),
        }
    }

    /// Whether somebody typed a weight for what could not be chosen: it is flagged.
    #[must_use]
    pub const fn is_typed(self) -> bool {
        match self {
            Self::Typed(grams) => grams.base_units() != 0,
            Self::Containers(_) => false,
        }
    }
}

/// Where a weight came from: a typed one is flagged (pitfall 25).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WeightSource {
    /// Read from the scale.
    Scale,
    /// Typed by hand.
    Manual,
}

impl WeightSource {
    /// The name in messages and databases.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Scale => "scale",
            Self::Manual => "manual",
        }
    }

    /// The source of that name.
    #[must_use]
    pub fn by_code(code: &str) -> Option<Self> {
        [Self::Scale, Self::Manual]
            .into_iter()
            .find(|source| source.code() == code)
    }
}

/// What the buyer put on the ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    /// What is bought.
    pub variant: VariantId,
    /// Its base unit.
    pub unit: Unit,
    /// How much.
    pub measure: Measure,
    /// The cost per round number of base units.
    pub cost: Price,
}

/// One line of a purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// What the buyer put in.
    pub item: Item,
    /// What goes into stock, in base units: net weight or count.
    pub quantity: Quantity,
    /// What the line costs, rounded once.
    pub cost: Amount,
}

/// A recorded purchase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    /// The lines in the order of entry.
    pub lines: Vec<Line>,
    /// What the supplier gets.
    pub total: Amount,
}

/// What a purchase brings of one variant, in base units, by its evidence (decision 10).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Received {
    /// Weighed by a scale: strong.
    pub weighed: Quantity,
    /// Typed, or counted by one person alone: weak until it was counted.
    pub stated: Quantity,
}

impl Purchase {
    /// What comes onto the shelf, by variant.
    #[must_use]
    pub fn received(&self) -> Vec<(VariantId, Received)> {
        let mut sums = std::collections::BTreeMap::<VariantId, Received>::new();
        for line in &self.lines {
            let sum = sums.entry(line.item.variant).or_default();
            let part = match line.item.measure {
                Measure::Weighed(weight) if weight.source == WeightSource::Scale => {
                    &mut sum.weighed
                }
                Measure::Weighed(_) | Measure::Counted(_) => &mut sum.stated,
            };
            *part = *part + line.quantity;
        }
        sums.into_iter().collect()
    }
}

/// How the supplier is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PaymentKind {
    /// Out of the drawer.
    Cash,
    /// On the supplier's account, to be settled later.
    Account,
}

impl PaymentKind {
    /// The name in messages and databases.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Cash => "cash",
            Self::Account => "account",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn by_code(code: &str) -> Option<Self> {
        [Self::Cash, Self::Account]
            .into_iter()
            .find(|kind| kind.code() == code)
    }
}

/// Why a purchase cannot be recorded so. `line` counts from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PurchaseError {
    /// An empty ticket.
    #[error("the purchase has no lines")]
    NoLines,
    /// More than [`MAX_LINES`].
    #[error("a purchase has at most {max} lines")]
    TooManyLines {
        /// The limit.
        max: usize,
    },
    /// Zero, negative, or more than a truck carries.
    #[error("line {line}: the quantity must be between 1 and {max}")]
    QuantityOutOfRange {
        /// The line.
        line: usize,
        /// The most of this unit.
        max: Quantity,
    },
    /// More than any scale carries.
    #[error("line {line}: the gross weight is at most {max} g")]
    GrossOutOfRange {
        /// The line.
        line: usize,
        /// The most.
        max: Quantity,
    },
    /// The containers weigh as much as is on the scale, or a weight is negative.
    #[error("line {line}: gross {gross} g less tare {tare} g leaves nothing")]
    NetNotPositive {
        /// The line.
        line: usize,
        /// Goods and containers.
        gross: Quantity,
        /// The containers.
        tare: Quantity,
        /// How many containers of a kind; none: the tare was typed.
        count: Option<i64>,
    },
    /// A weight for goods that are counted.
    #[error("line {line}: this product is bought by {unit}, not by weight")]
    NotByWeight {
        /// The line.
        line: usize,
        /// Its base unit.
        unit: &'static str,
    },
    /// The sum does not fit.
    #[error("line {line}: the cost is too large")]
    CostOutOfRange {
        /// The line.
        line: usize,
    },
}

/// The largest line of a purchase.
const MAX_LINE: Amount = Amount::from_minor(1_000_000_000_000);

/// Works out the lines and the total of a purchase.
///
/// # Errors
/// Each [`PurchaseError`] names the line to put right. A ticket without lines has a total of zero; see [`record`].
pub fn price(items: Vec<Item>, currency: Currency) -> Result<Purchase, PurchaseError> {
    if items.len() > MAX_LINES {
        return Err(PurchaseError::TooManyLines { max: MAX_LINES });
    }
    let lines = items
        .into_iter()
        .enumerate()
        .map(|(index, item)| price_line(index, item, currency))
        .collect::<Result<Vec<_>, _>>()?;
    let total = lines.iter().map(|line| line.cost).sum();
    Ok(Purchase { lines, total })
}

/// Like [`price`], but a purchase that is recorded has lines.
///
/// # Errors
/// Those of [`price`], and [`PurchaseError::NoLines`].
pub fn record(items: Vec<Item>, currency: Currency) -> Result<Purchase, PurchaseError> {
    if items.is_empty() {
        return Err(PurchaseError::NoLines);
    }
    price(items, currency)
}

fn price_line(index: usize, item: Item, currency: Currency) -> Result<Line, PurchaseError> {
    let quantity = match item.measure {
        Measure::Counted(quantity) => quantity,
        Measure::Weighed(weight) => net(index, item.unit, weight)?,
    };
    let max = item.unit.most_on_a_purchase_line();
    if quantity <= Quantity::ZERO || quantity > max {
        return Err(PurchaseError::QuantityOutOfRange { line: index, max });
    }
    let cost = item
        .cost
        .extend(quantity, currency)
        .filter(|cost| *cost <= MAX_LINE)
        .ok_or(PurchaseError::CostOutOfRange { line: index })?;
    Ok(Line {
        item,
        quantity,
        cost,
    })
}

fn net(index: usize, unit: Unit, weight: Weight) -> Result<Quantity, PurchaseError> {
    if unit != Unit::Gram {
        return Err(PurchaseError::NotByWeight {
            line: index,
            unit: unit.code(),
        });
    }
    if weight.gross > MAX_GROSS {
        return Err(PurchaseError::GrossOutOfRange {
            line: index,
            max: MAX_GROSS,
        });
    }
    let tare = weight.tare.grams();
    let net = weight.gross.base_units().checked_sub(tare.base_units());
    match net {
        Some(net) if net > 0 && tare >= Quantity::ZERO => Ok(Quantity::new(net)),
        Some(_) | None => Err(PurchaseError::NetNotPositive {
            line: index,
            gross: weight.gross,
            tare,
            count: match weight.tare {
                Tare::Typed(_) => None,
                Tare::Containers(containers) => Some(containers.count()),
            },
        }),
    }
}

#[cfg(test)]
mod tests;
