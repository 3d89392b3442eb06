//! Ids that mean something to a reader of a trace and repeat.
use uuid::Uuid;

use crate::world::id;

/// Variants that every shop sells.
pub(crate) const VARIANTS: usize = 2;
/// Tills of a shop.
pub(crate) const TILLS: usize = 2;
/// Shops that are prepared.
pub(crate) const MOST_SHOPS: usize = 4;

const VARIANT: u128 = 6;
const MADE: u128 = 9;

pub(crate) const fn location_id(place: usize) -> Uuid {
    id(2, place as u128)
}

pub(crate) const fn register_id(place: usize, till: usize) -> Uuid {
    crate::world::register(place as u128, till as u128)
}

pub(crate) const fn variant_id(variant: usize) -> Uuid {
    id(VARIANT, variant as u128 + 1)
}

/// The place of a variant in the list of them.
pub(crate) fn variant_of(id: Uuid) -> Option<usize> {
    (0..VARIANTS).find(|variant| variant_id(*variant) == id)
}

/// What a unit of each variant costs, in cents.
pub(crate) const PRICES: [i64; VARIANTS] = [150, 200];

/// An id made in a step.
pub(crate) const fn made(step: u64, nth: u8) -> Uuid {
    id(MADE, (step as u128) << 8 | nth as u128)
}

/// The short form for traces.
pub(crate) fn short(id: Uuid) -> String {
    let number = id.as_u128() & 0xffff_ffff;
    format!("{}.{}", number >> 8, number & 0xff)
}
