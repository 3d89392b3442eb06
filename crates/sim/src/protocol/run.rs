//! Runs of seeds, on all cores.
use std::{
    collections::BTreeSet,
    ops::Range,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{
    fault::{Coverage, Fault},
    mutant::Mutant,
    options::Options,
    world::{Violation, World},
};

/// What one run was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Steps until its end.
    pub steps: u64,
    /// Over decisions and events, in their order.
    pub hash: u64,
    /// What happened how often.
    pub coverage: Coverage,
    /// The rule that did not hold.
    pub violation: Option<Violation>,
    /// What happened, in words, if it was asked for.
    pub trace: Vec<String>,
}

/// Runs a world to its end. Steps in `skipped` do nothing but let time pass.
#[must_use]
pub fn run(options: &Options, skipped: &BTreeSet<u64>, traces: bool) -> Outcome {
    let mut world = World::new(options.clone(), traces);
    let mut violation = None;
    for step in 0..options.steps {
        if let Err(found) = world.advance(step, skipped.contains(&step)) {
            violation = Some(found);
            break;
        }
    }
    if violation.is_none() {
        violation = world.heal().err();
    }
    Outcome {
        steps: world.step,
        hash: world.hash,
        coverage: world.coverage,
        violation,
        trace: world.trace.unwrap_or_default(),
    }
}

/// What many runs were.
#[derive(Debug, Default)]
pub struct Summary {
    /// Seeds that were run.
    pub seeds: u64,
    /// Steps of all of them.
    pub steps: u64,
    /// Over the hashes of all runs, whatever their order.
    pub hash: u64,
    /// What happened how often.
    pub coverage: Coverage,
    /// The lowest seed that failed, and why.
    pub failed: Option<(u64, Violation)>,
}

/// Runs the seeds, each once, and stops soon after one has failed.
#[must_use]
pub fn seeds(range: Range<u64>, mutant: Option<Mutant>, threads: usize) -> Summary {
    let next = AtomicU64::new(range.start);
    let end = AtomicU64::new(range.end);
    let total = Mutex::new(Summary::default());
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                let mut own = Summary::default();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end.load(Ordering::Relaxed) {
                        break;
                    }
                    let outcome = run(&Options::of(seed, mutant), &BTreeSet::new(), false);
                    own.take(seed, outcome);
                    if own.failed.is_some() {
                        end.fetch_min(seed, Ordering::Relaxed);
                        break;
                    }
                }
                total
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .join(own);
            });
        }
    });
    total.into_inner().unwrap_or_else(PoisonError::into_inner)
}

impl Summary {
    pub(crate) fn take(&mut self, seed: u64, outcome: Outcome) {
        self.seeds += 1;
        self.steps += outcome.steps;
        self.hash ^= super::rng::mix(outcome.hash ^ seed);
        self.coverage.add(&outcome.coverage);
        if let Some(violation) = outcome.violation {
            self.failed = Some((seed, violation));
        }
    }

    pub(crate) fn join(&mut self, other: Self) {
        self.seeds += other.seeds;
        self.steps += other.steps;
        self.hash ^= other.hash;
        self.coverage.add(&other.coverage);
        let earlier = |failed: &(u64, Violation)| {
            self.failed
                .as_ref()
                .is_none_or(|(seed, _)| failed.0 < *seed)
        };
        if other.failed.as_ref().is_some_and(earlier) {
            self.failed = other.failed;
        }
    }

    /// Faults that never happened.
    #[must_use]
    pub fn unfired(&self) -> Vec<Fault> {
        let never = self.coverage.faults().filter(|(_, count)| *count == 0);
        never.map(|(fault, _)| fault).collect()
    }
}
