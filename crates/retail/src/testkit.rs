//! Makers for tests of every crate: shops, baskets and promotions by chance, and rules over a real catalogue. What a seed
//! makes is always the same, so that two sides can be compared.
use uuid::Uuid;

use crate::catalog::{CategoryId, ProductId};

pub mod chance;
pub mod grocery;
pub mod world;

/// An id that a name always has.
#[must_use]
pub fn id(name: &str) -> Uuid {
    let hash = |seed: u64| {
        name.bytes()
            .fold(0xcbf2_9ce4_8422_2325 ^ seed, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            })
    };
    Uuid::from_u64_pair(hash(0), hash(1))
}

/// The category of that name.
#[must_use]
pub fn category(name: &str) -> CategoryId {
    CategoryId::from_uuid(id(name))
}

/// The product of that name.
#[must_use]
pub fn product(name: &str) -> ProductId {
    ProductId::from_uuid(id(name))
}
