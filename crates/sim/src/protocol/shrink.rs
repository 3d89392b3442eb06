//! Shortens a failing run: leaves out steps, and faults, for as long as it still fails in the same way.
use std::collections::BTreeSet;

use super::{
    options::Options,
    run::{Outcome, run},
};

/// Runs that shortening may take.
const MOST_RUNS: usize = 3_000;

/// The shortest run that was found, and the steps that it still takes.
#[derive(Debug)]
pub struct Shortened {
    /// The run, with its trace.
    pub outcome: Outcome,
    /// Steps in which something happens.
    pub kept: usize,
}

/// Shortens the run of these options; `None` when it does not fail.
#[must_use]
pub fn shrink(options: &Options) -> Option<Shortened> {
    let first = run(options, &BTreeSet::new(), false);
    let rule = first.violation.as_ref()?.rule;
    let mut options = options.clone();
    options.steps = options.steps.min(first.steps + 1);
    let fails = |options: &Options, skipped: &BTreeSet<u64>| {
        let found = run(options, skipped, false).violation;
        found.is_some_and(|violation| violation.rule == rule)
    };
    let mut skipped = BTreeSet::new();
    let mut runs = 0;
    let mut size = options.steps / 2;
    while size > 0 && runs < MOST_RUNS {
        let mut from = 0;
        while from < options.steps && runs < MOST_RUNS {
            let to = (from + size).min(options.steps);
            let mut more = skipped.clone();
            more.extend(from..to);
            if more.len() > skipped.len() {
                runs += 1;
                if fails(&options, &more) {
                    skipped = more;
                }
            }
            from = to;
        }
        size /= 2;
    }
    let kept = usize::try_from(options.steps).unwrap_or(usize::MAX) - skipped.len();
    let outcome = run(&options, &skipped, true);
    Some(Shortened { outcome, kept })
}
