//! Ids that mean something to a reader of a trace and repeat.
use uuid::Uuid;

const LOCATION: u128 = 2;
const NODE: u128 = 4;
const REGISTER: u128 = 5;
const VARIANT: u128 = 6;

const fn of(kind: u128, number: u128) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | (kind << 48) | number)
}

pub(crate) const fn location_id(place: usize) -> Uuid {
    of(LOCATION, place as u128)
}

pub(crate) const fn node_id(place: usize) -> Uuid {
    of(NODE, place as u128)
}

pub(crate) const fn register_id(register: usize) -> Uuid {
    of(REGISTER, register as u128)
}

pub(crate) const fn variant_id(variant: usize) -> Uuid {
    of(VARIANT, variant as u128)
}

/// The place of a location, node or variant in its list.
pub(crate) fn number_of(id: Uuid) -> usize {
    usize::try_from(id.as_u128() & 0xffff).unwrap_or(usize::MAX)
}

/// An id made in a step; up to 256 of them, with 16 for what follows from each.
pub(crate) const fn made(step: u64, nth: u8) -> Uuid {
    of(9, (step as u128) << 12 | (nth as u128) << 4)
}

/// The id of something that follows from something with an id.
pub(crate) const fn derived(id: Uuid, nth: u8) -> Uuid {
    Uuid::from_u128(id.as_u128() | nth as u128)
}

/// The last digits.
pub(crate) fn low(id: Uuid) -> u64 {
    id.as_u64_pair().1
}

/// The short form for traces.
pub(crate) fn short(id: Uuid) -> String {
    let number = id.as_u128() & 0xffff_ffff;
    format!("{}.{}", number >> 12, number >> 4 & 0xff)
}
