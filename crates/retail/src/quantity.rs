//! How much of a variant: an integer in its base unit. Never a float.
use std::{fmt, iter::Sum, ops};

/// The base unit of a variant; everything about it is counted in this unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Countable goods.
    Piece,
    /// Goods by weight.
    Gram,
    /// Goods by volume.
    Millilitre,
    /// Goods by length.
    Millimetre,
}

impl Unit {
    /// The name in messages and databases.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Piece => "piece",
            Self::Gram => "gram",
            Self::Millilitre => "millilitre",
            Self::Millimetre => "millimetre",
        }
    }

    /// The unit of that name.
    #[must_use]
    pub fn by_code(code: &str) -> Option<Self> {
        [Self::Piece, Self::Gram, Self::Millilitre, Self::Millimetre]
            .into_iter()
            .find(|unit| unit.code() == code)
    }

    /// The most of this unit that one line of a sale may carry: above it a scanner read a barcode into the quantity.
    #[must_use]
    pub const fn most_on_a_sale_line(self) -> Quantity {
        Quantity::new(match self {
            Self::Piece => 9_999,
            Self::Gram | Self::Millilitre | Self::Millimetre => 1_000_000,
        })
    }

    /// The most of this unit that one line of a purchase or a count may carry: a full truck.
    #[must_use]
    pub const fn most_on_a_purchase_line(self) -> Quantity {
        Quantity::new(match self {
            Self::Piece => 1_000_000,
            Self::Gram | Self::Millilitre | Self::Millimetre => 100_000_000,
        })
    }
}

/// A signed number of base units: pieces, grams, millilitres or millimetres. Negative when goods leave.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity(i64);

impl Quantity {
    /// None of it.
    pub const ZERO: Self = Self(0);

    /// A number of base units.
    #[must_use]
    pub const fn new(base_units: i64) -> Self {
        Self(base_units)
    }

    /// The number of base units.
    #[must_use]
    pub const fn base_units(self) -> i64 {
        self.0
    }
}

impl ops::Add for Quantity {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl ops::Sub for Quantity {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl ops::Neg for Quantity {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Sum for Quantity {
    fn sum<I: Iterator<Item = Self>>(quantities: I) -> Self {
        quantities.fold(Self::ZERO, |total, quantity| total + quantity)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
