//! An online order: a promise to a customer who is not in a shop, sourced from concrete locations.
//!
//! Many carts are decided together over the rows that were locked for them ([`allocate`]), each accepted or refused
//! on its own: a cart that cannot be served costs its neighbours nothing.
use std::collections::BTreeMap;
use std::ops::Range;

use crate::{
    amount::Amount,
    catalog::VariantId,
    currency::Currency,
    id::Id,
    location::LocationId,
    price::Price,
    promotion::voucher::VoucherRefusal,
    quantity::{Quantity, Unit},
    rights::ReservationState,
    sale::{self, PriceBasketError, Priced},
    tax::TaxRate,
};

#[cfg(test)]
mod tests;

/// Names an [`Order`].
pub type OrderId = Id<Order>;

/// What a customer was promised online. It becomes sales when it is handed over.
#[derive(Debug)]
pub struct Order;

/// The most lines that one cart may have.
pub const MAX_LINES: usize = 100;

/// One line of a cart. Several lines may be about the same variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// What is wanted.
    pub variant: VariantId,
    /// How much, in base units.
    pub quantity: Quantity,
}

/// What a customer wants, all of it or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cart {
    /// In the customer's order.
    pub lines: Vec<Line>,
    /// Where it will be picked up; none: from wherever it is.
    pub location: Option<LocationId>,
}

/// What the cloud may promise of a variant at a location: one locked row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// What.
    pub variant: VariantId,
    /// Where.
    pub location: LocationId,
    /// Base units.
    pub available: Quantity,
}

/// So many units of a line from one location: becomes a reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Place of the line in the cart, from 0.
    pub line: usize,
    /// What.
    pub variant: VariantId,
    /// From where.
    pub location: LocationId,
    /// Base units.
    pub quantity: Quantity,
}

/// What a cart lacks of one variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shortage {
    /// The variant.
    pub variant: VariantId,
    /// Base units in the cart, over all its lines.
    pub wanted: Quantity,
    /// Base units that may be promised, where the cart may be served from.
    pub available: Quantity,
}

impl Shortage {
    /// Base units that are missing.
    #[must_use]
    pub fn missing(&self) -> Quantity {
        self.wanted - self.available
    }
}

/// Why a cart is refused. `line` counts from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// Nothing is wanted.
    #[error("the cart has no lines")]
    NoLines,
    /// More than [`MAX_LINES`].
    #[error("a cart has at most {max} lines")]
    TooManyLines {
        /// The limit.
        max: usize,
    },
    /// Nothing of that id is in the catalogue.
    #[error("line {line}: there is no such variant")]
    UnknownVariant {
        /// The line.
        line: usize,
    },
    /// Retired, or without a price today.
    #[error("line {line}: it is not for sale")]
    NotForSale {
        /// The line.
        line: usize,
    },
    /// It cannot be priced.
    #[error(transparent)]
    Price(#[from] PriceBasketError),
    /// Less may be promised than is wanted.
    #[error("{} may not be promised: {} of {} are available", .short[0].variant, .short[0].available, .short[0].wanted)]
    OutOfStock {
        /// By variant; at least one.
        short: Vec<Shortage>,
    },
    /// It does not cost what the customer was told.
    #[error("it costs {total} now, not {expected}")]
    PriceChanged {
        /// What the customer was told.
        expected: Amount,
        /// What it costs.
        total: Amount,
    },
    /// A voucher of it opens nothing.
    #[error("voucher {place}: {refusal}")]
    Voucher {
        /// Which of its vouchers, from 0.
        place: usize,
        /// Why.
        refusal: VoucherRefusal,
    },
}

/// Whether a customer who was told `expected` may be asked for `total`. Neither more nor less: a payment of another sum
/// is prepared already.
///
/// # Errors
/// [`PlaceError::PriceChanged`].
pub fn keeps_price(expected: Option<Amount>, total: Amount) -> Result<(), PlaceError> {
    match expected {
        Some(expected) if expected != total => Err(PlaceError::PriceChanged { expected, total }),
        Some(_) | None => Ok(()),
    }
}

/// What the catalogue and the price list say about a variant now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// Its base unit.
    pub unit: Unit,
    /// The price that counts, with its version; none: not for sale.
    pub price: Option<(Price, i64)>,
    /// The tax that the price includes.
    pub tax: TaxRate,
    /// May be sold.
    pub is_active: bool,
}

/// Prices a cart as a till would: each line rounded once, tax per document.
///
/// # Errors
/// What is wrong with the cart, whatever is in stock.
pub fn price(
    cart: &Cart,
    offer: impl Fn(VariantId) -> Option<Offer>,
    currency: Currency,
) -> Result<Priced, PlaceError> {
    Ok(sale::price(items(cart, offer)?, currency)?)
}

/// The lines of a cart at their list prices.
///
/// # Errors
/// What is wrong with the cart, whatever is in stock.
pub fn items(
    cart: &Cart,
    offer: impl Fn(VariantId) -> Option<Offer>,
) -> Result<Vec<sale::Item>, PlaceError> {
    if cart.lines.is_empty() {
        return Err(PlaceError::NoLines);
    }
    if cart.lines.len() > MAX_LINES {
        return Err(PlaceError::TooManyLines { max: MAX_LINES });
    }
    let items = cart.lines.iter().enumerate().map(|(line, wanted)| {
        let offer = offer(wanted.variant).ok_or(PlaceError::UnknownVariant { line })?;
        let price = offer.price.filter(|_| offer.is_active);
        let (price, _) = price.ok_or(PlaceError::NotForSale { line })?;
        Ok(sale::Item {
            variant: wanted.variant,
            unit: offer.unit,
            quantity: wanted.quantity,
            price,
            discount: Amount::ZERO,
            tax: offer.tax,
        })
    });
    items.collect()
}

/// Decides about carts in their order, over the rows that may be taken from. Units of one cart that is accepted are
/// gone for the next; a cart that is refused takes nothing.
///
/// A cart is served from one location where one has everything (the one with the best cover), else line by line from
/// as few as possible. The same carts over the same rows give the same answer, in whatever order the rows come.
#[must_use]
pub fn allocate(carts: &[Cart], rows: &[Row]) -> Vec<Result<Vec<Part>, PlaceError>> {
    let mut shelves = Shelves::new(rows);
    carts.iter().map(|cart| shelves.serve(cart)).collect()
}

/// What may be taken, by (variant, location): for whoever decides cart by cart, as [`allocate`] does for all of them.
#[derive(Debug, Clone)]
pub struct Shelves(Vec<Row>);

impl Shelves {
    /// The rows, in whatever order.
    #[must_use]
    pub fn new(rows: &[Row]) -> Self {
        let mut rows = rows.to_vec();
        rows.sort_unstable_by_key(|row| (row.variant, row.location));
        rows.dedup_by_key(|row| (row.variant, row.location));
        Self(rows)
    }

    /// Takes what a cart wants, all of it or nothing.
    ///
    /// # Errors
    /// [`PlaceError::OutOfStock`]: nothing was taken then.
    pub fn serve(&mut self, cart: &Cart) -> Result<Vec<Part>, PlaceError> {
        let mut wanted = BTreeMap::<VariantId, Quantity>::new();
        for line in &cart.lines {
            let sum = wanted.entry(line.variant).or_default();
            *sum = *sum + line.quantity;
        }
        let short: Vec<Shortage> = wanted
            .iter()
            .map(|(&variant, &wanted)| Shortage {
                variant,
                wanted,
                available: self.available(variant, cart.location),
            })
            .filter(|shortage| shortage.available < shortage.wanted)
            .collect();
        if !short.is_empty() {
            return Err(PlaceError::OutOfStock { short });
        }
        match cart.location.or_else(|| self.best(&wanted)) {
            Some(location) => Ok(self.take_whole(cart, location)),
            None => Ok(self.take_split(cart)),
        }
    }

    fn range(&self, variant: VariantId) -> Range<usize> {
        let begin = self.0.partition_point(|row| row.variant < variant);
        let end = self.0.partition_point(|row| row.variant <= variant);
        begin..end
    }

    fn at(&self, variant: VariantId, location: LocationId) -> Option<usize> {
        self.0
            .binary_search_by_key(&(variant, location), |row| (row.variant, row.location))
            .ok()
    }

    fn available(&self, variant: VariantId, location: Option<LocationId>) -> Quantity {
        self.0[self.range(variant)]
            .iter()
            .filter(|row| location.is_none_or(|only| row.location == only))
            .map(|row| row.available)
            .fold(Quantity::ZERO, |sum, available| sum + available)
    }

    /// The location that has everything and of which the most remains, by the scarcest variant.
    fn best(&self, wanted: &BTreeMap<VariantId, Quantity>) -> Option<LocationId> {
        let (&first, _) = wanted.first_key_value()?;
        let mut best: Option<(Cover, LocationId)> = None;
        for place in self.range(first) {
            let location = self.0[place].location;
            let covers = wanted.iter().map(|(&variant, &wanted)| {
                let row = &self.0[self.at(variant, location)?];
                (row.available >= wanted).then_some(Cover {
                    available: row.available.base_units(),
                    wanted: wanted.base_units(),
                })
            });
            let Some(covers) = covers.collect::<Option<Vec<_>>>() else {
                continue;
            };
            let scarcest = covers
                .into_iter()
                .reduce(|one, other| if other.is_more_than(one) { one } else { other });
            if let Some(cover) = scarcest
                && best.is_none_or(|(best, _)| cover.is_more_than(best))
            {
                best = Some((cover, location));
            }
        }
        best.map(|(_, location)| location)
    }

    fn take(&mut self, place: usize, line: usize, quantity: Quantity) -> Part {
        let row = &mut self.0[place];
        assert!(quantity <= row.available, "nobody takes more than there is");
        row.available = row.available - quantity;
        Part {
            line,
            variant: row.variant,
            location: row.location,
            quantity,
        }
    }

    fn take_whole(&mut self, cart: &Cart, location: LocationId) -> Vec<Part> {
        (0..)
            .zip(&cart.lines)
            .filter_map(|(index, line)| {
                let place = self.at(line.variant, location)?;
                Some(self.take(place, index, line.quantity))
            })
            .collect()
    }

    fn take_split(&mut self, cart: &Cart) -> Vec<Part> {
        let mut parts: Vec<Part> = Vec::new();
        for (index, line) in (0..).zip(&cart.lines) {
            let mut open = line.quantity;
            while open > Quantity::ZERO {
                let used = |location| parts.iter().any(|part| part.location == location);
                // Whoever has all that is open, then whoever sends a parcel anyway, then whoever has most.
                let stocked = self.range(line.variant).rev();
                let stocked = stocked.filter(|&place| self.0[place].available > Quantity::ZERO);
                let Some(place) = stocked.max_by_key(|&place| {
                    let row = &self.0[place];
                    (row.available >= open, used(row.location), row.available)
                }) else {
                    break;
                };
                let quantity = open.min(self.0[place].available);
                parts.push(self.take(place, index, quantity));
                open = open - quantity;
            }
        }
        parts
    }
}

/// How often a location could serve what is wanted.
#[derive(Debug, Clone, Copy)]
struct Cover {
    available: i64,
    wanted: i64,
}

impl Cover {
    fn is_more_than(self, other: Self) -> bool {
        i128::from(self.available) * i128::from(other.wanted)
            > i128::from(other.available) * i128::from(self.wanted)
    }
}

/// Where an order stands: what its promises come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderState {
    /// Waits for the payment.
    Held,
    /// Paid; being picked, or being sourced again.
    Claimed,
    /// Cancelled after shops were told to pick: they have not all answered yet.
    Cancelling,
    /// Everything that there is of it is picked.
    Picked,
    /// With the customer.
    HandedOver,
    /// Nothing of it will be delivered.
    Cancelled,
    /// Its hold ended without a payment.
    Expired,
}

impl OrderState {
    /// The name in messages and databases.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Claimed => "claimed",
            Self::Cancelling => "cancelling",
            Self::Picked => "picked",
            Self::HandedOver => "handed_over",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// What promises come to. `is_open`: units of a promise that fell through still look for another place.
    #[must_use]
    pub fn of(promises: &[ReservationState], is_open: bool) -> Self {
        use ReservationState as Promise;
        let any = |state: Promise| promises.contains(&state);
        if any(Promise::Held) {
            Self::Held
        } else if any(Promise::Claimed) || is_open {
            Self::Claimed
        } else if any(Promise::Cancelling) {
            Self::Cancelling
        } else if any(Promise::Picked) {
            Self::Picked
        } else if any(Promise::HandedOver) {
            Self::HandedOver
        } else if any(Promise::Expired) {
            Self::Expired
        } else {
            Self::Cancelled
        }
    }
}
