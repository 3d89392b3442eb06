//! Chance that is the same at every start: a stream of numbers that begins with a name.

/// A die that falls the same way whenever it has the same name.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    /// The die of that name.
    pub(crate) fn of(name: &str) -> Self {
        // FNV-1a: short, and the same on every machine.
        let seed = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(seed)
    }

    /// The next number (`splitmix64`).
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to `count`, which it does not reach; 0 when there is nothing to choose from.
    pub(crate) fn below(&mut self, count: i64) -> i64 {
        let count = u64::try_from(count).unwrap_or(0).max(1);
        i64::try_from(self.next() % count).unwrap_or(0)
    }

    /// A number from `least` to `most`, both included.
    pub(crate) fn between(&mut self, least: i64, most: i64) -> i64 {
        least + self.below(most - least + 1)
    }

    /// A place in a list of so many.
    pub(crate) fn place(&mut self, count: usize) -> usize {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        usize::try_from(self.below(count)).unwrap_or(0)
    }

    /// A place in a list, each as likely as its weight says.
    pub(crate) fn weighted(&mut self, weights: &[i64]) -> usize {
        let mut left = self.below(weights.iter().sum());
        for (place, weight) in weights.iter().enumerate() {
            left -= weight;
            if left < 0 {
                return place;
            }
        }
        0
    }

    /// The same for weights that were added up before: the sums from the first to each.
    pub(crate) fn cumulated(&mut self, sums: &[i64]) -> usize {
        let drawn = self.below(sums.last().copied().unwrap_or(0));
        sums.partition_point(|sum| *sum <= drawn)
            .min(sums.len().saturating_sub(1))
    }

    /// A whole number around `permille` thousandths, a third more or less.
    pub(crate) fn about(&mut self, permille: i64) -> i64 {
        let swung = permille * self.between(660, 1_340) / 1_000;
        swung / 1_000 + i64::from(self.below(1_000) < swung % 1_000)
    }
}

/// What the name alone decides: a number from `least` to `most`.
pub(crate) fn fixed(name: &str, least: i64, most: i64) -> i64 {
    Dice::of(name).between(least, most)
}

#[cfg(test)]
mod tests {
    use super::Dice;

    #[test]
    fn a_name_decides_everything() {
        let drawn = |name: &str| {
            let mut dice = Dice::of(name);
            [dice.below(1_000), dice.below(1_000), dice.between(5, 7)]
        };
        assert_eq!(drawn("HN1/2026-11-22"), drawn("HN1/2026-11-22"));
        assert_ne!(drawn("HN1/2026-11-22"), drawn("HN1/2026-11-23"));
    }

    #[test]
    fn weights_are_kept() {
        let mut dice = Dice::of("weights");
        let mut drawn = [0; 3];
        for _ in 0..10_000 {
            drawn[dice.weighted(&[700, 0, 300])] += 1;
        }
        assert_eq!(drawn[1], 0);
        assert!((6_700..7_300).contains(&drawn[0]), "{drawn:?}");
        let mean: i64 = (0..10_000).map(|_| dice.about(2_500)).sum();
        assert!((24_300..25_700).contains(&mean), "{mean}");
    }
}
