//! Numbers by chance that a seed always gives again.

/// A generator (splitmix64).
#[derive(Debug, Clone)]
pub struct Chance(u64);

#[expect(clippy::missing_panics_doc, reason = "ranges are written by hand")]
impl Chance {
    /// The same seed gives the same numbers.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high - low + 1).expect("a range");
        low + i64::try_from(self.next() % span).expect("within the range")
    }

    /// The same, for counts.
    pub fn count(&mut self, low: u32, high: u32) -> u32 {
        u32::try_from(self.between(low.into(), high.into())).expect("within the range")
    }

    /// Once in `n` times.
    pub fn once_in(&mut self, n: i64) -> bool {
        self.between(1, n) == 1
    }

    /// One of a list.
    pub fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let last = i64::try_from(all.len()).expect("a list") - 1;
        &all[usize::try_from(self.between(0, last)).expect("a place")]
    }

    /// In another order.
    pub fn shuffle<T>(&mut self, all: &mut [T]) {
        for place in (1..all.len()).rev() {
            let last = i64::try_from(place).expect("a place");
            all.swap(
                place,
                usize::try_from(self.between(0, last)).expect("a place"),
            );
        }
    }
}
