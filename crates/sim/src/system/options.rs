//! What a seed means: the size of the world, how often things go wrong, and which of them.
use std::fmt;

use crate::protocol::{fault::Fault, rng::Rng};

use super::{ids::MOST_SHOPS, mutant::Mutant};

/// Steps of the longest run.
const MOST_STEPS: i64 = 150;

/// What goes wrong in this world. The others need a seam in the product that it does not have.
pub const FAULTS: &[Fault] = &[
    Fault::Loss,
    Fault::Duplicate,
    Fault::Reorder,
    Fault::LongDelay,
    Fault::Truncation,
    Fault::Corruption,
    Fault::Partition,
    Fault::HalfOpen,
    Fault::CaptivePortal,
    Fault::DarkBranch,
    Fault::ThunderingHerd,
    Fault::CrashBeforeWrite,
    Fault::CrashAfterWrite,
    Fault::LostWrite,
    Fault::DiskFull,
    Fault::BitRot,
    Fault::PoisonBody,
    Fault::UnreadableHeader,
    Fault::UnknownVersion,
    Fault::Restore,
    Fault::CloneElsewhere,
    Fault::CloneSame,
    Fault::DiskDies,
    Fault::OldDiskFound,
    Fault::OldNodeAlive,
    Fault::StaleTill,
    Fault::ClockJump,
    Fault::ClockDrift,
    Fault::ClockFrozen,
    Fault::CloudCrashBefore,
    Fault::CloudCrashAfter,
    Fault::CloudRestore,
    Fault::DoubleClick,
    Fault::TwoTabs,
    Fault::DoubleWebhook,
    Fault::LatePayment,
    Fault::Theft,
    Fault::ReceiptTypo,
    Fault::Miscount,
    Fault::ShortPick,
    Fault::Override,
];

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
    /// Units of a variant on a shelf at the beginning.
    pub stock: i64,
    /// Requests in a thousand that suffer each fault of the network.
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
        let steps = rng.between(60, MOST_STEPS).unsigned_abs();
        let most = i64::try_from(MOST_SHOPS).unwrap_or(3);
        let shops = usize::try_from(rng.between(3, most)).unwrap_or(3);
        let stock = rng.between(1, 8);
        let mut rate = |most: i64| rng.between(0, most).unsigned_abs();
        let (network, disk, cloud, trouble) = (rate(120), rate(60), rate(80), rate(300));
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
            stock,
            network,
            disk,
            cloud,
            trouble,
            without,
        }
    }

    /// The same world in which nothing goes wrong.
    #[must_use]
    pub fn calm(seed: u64) -> Self {
        Self {
            network: 0,
            disk: 0,
            cloud: 0,
            trouble: 0,
            without: Fault::ALL.to_vec(),
            ..Self::of(seed, None)
        }
    }
}

impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            seed,
            steps,
            shops,
            stock,
            network,
            disk,
            cloud,
            trouble,
            ..
        } = self;
        write!(
            f,
            "system seed {seed}: {steps} steps, {shops} shops, {stock} of each variant; per mille: network {network}, \
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
