//! How much a test tries.
pub use retail::testkit::chance::Chance;

/// How many baskets a test tries: `PROMOTION_BASKETS`, or few.
pub fn baskets(few: u64) -> u64 {
    asked("PROMOTION_BASKETS").unwrap_or(few)
}

/// Under how many sets of rules real baskets are priced: `PROMOTION_SETS`, or few.
pub fn sets(few: u64) -> u64 {
    asked("PROMOTION_SETS").unwrap_or(few)
}

fn asked(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}
