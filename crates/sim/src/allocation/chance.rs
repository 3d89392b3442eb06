//! Repeatable chance.

/// The generator `SplitMix64`.
pub struct Chance(u64);

impl Chance {
    /// The chance of this seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub const fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Somewhere from 0 to 1, without 1.
    pub const fn share(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// How many of something come, of which `mean` come in the mean.
    pub fn poisson(&mut self, mean: f64) -> u32 {
        let none = (-mean).exp();
        let (mut count, mut product) = (0, 1.0);
        loop {
            product *= self.share();
            if product <= none {
                return count;
            }
            count += 1;
        }
    }

    /// Any order, each as likely.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let choices = last as u64 + 1;
            let chosen = usize::try_from(self.bits() % choices).unwrap_or(last);
            items.swap(last, chosen);
        }
    }
}
