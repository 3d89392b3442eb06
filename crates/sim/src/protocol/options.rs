//! What a seed means: the size of the world, how often things go wrong, and which of them. No two seeds have the same
//! mixture, so that rare chains of events are not hidden behind frequent ones.
use std::fmt;

use super::{fault::Fault, mutant::Mutant, rng::Rng};

/// Steps of the longest run.
const MOST_STEPS: i64 = 900;

/// One run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Where chance begins.
    pub seed: u64,
    /// A rule that is broken on purpose.
    pub mutant: Option<Mutant>,
    /// Steps before the faults end.
    pub steps: u64,
    /// Shops, each with a node.
    pub shops: usize,
    /// Variants that all of them sell.
    pub variants: usize,
    /// Units of a variant on a shelf at the beginning.
    pub stock: i64,
    /// Messages in a thousand that suffer each fault of the network.
    pub network: u64,
    /// Writes in a thousand that suffer each fault of a disk.
    pub disk: u64,
    /// Requests in a thousand that suffer a crash of the cloud.
    pub cloud: u64,
    /// Faults of people and machines in a thousand steps.
    pub trouble: u64,
    /// Faults that do not happen in this run.
    pub without: Vec<Fault>,
}

impl Options {
    /// What the seed stands for.
    #[must_use]
    pub fn of(seed: u64, mutant: Option<Mutant>) -> Self {
        let mut rng = Rng::of(seed, u64::MAX);
        let steps = rng.between(150, MOST_STEPS).unsigned_abs();
        let shops = usize::try_from(rng.between(3, 8)).unwrap_or(3);
        let variants = usize::try_from(rng.between(2, 3)).unwrap_or(2);
        let stock = rng.between(1, 12);
        let mut rate = |most: i64| rng.between(0, most).unsigned_abs();
        let (network, disk, cloud, trouble) = (rate(120), rate(40), rate(60), rate(220));
        // Two in five faults are left out, others in every run.
        let without = Fault::ALL
            .iter()
            .copied()
            .filter(|_| rng.chance(400))
            .collect();
        Self {
            seed,
            mutant,
            steps,
            shops,
            variants,
            stock,
            network,
            disk,
            cloud,
            trouble,
            without,
        }
    }
}

impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            seed,
            steps,
            shops,
            variants,
            stock,
            network,
            disk,
            cloud,
            trouble,
            ..
        } = self;
        write!(
            f,
            "seed {seed}: {steps} steps, {shops} shops, {variants} variants of {stock}; per mille: network {network}, \
             disk {disk}, cloud {cloud}, trouble {trouble}; without"
        )?;
        for fault in &self.without {
            write!(f, " {}", fault.code())?;
        }
        if let Some(mutant) = self.mutant {
            write!(f, "; mutant {}", mutant.code())?;
        }
        Ok(())
    }
}
