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
    let mut runs = 0;
    let skipped = left_out(options.steps, |skipped| {
        runs += 1;
        let found = run(&options, skipped, false).violation;
        (runs <= MOST_RUNS).then(|| found.is_some_and(|violation| violation.rule == rule))
    });
    let kept = usize::try_from(options.steps).unwrap_or(usize::MAX) - skipped.len();
    let outcome = run(&options, &skipped, true);
    Some(Shortened { outcome, kept })
}

/// Steps that can be left out of a run that fails, so that it still does: halves of it first, then smaller parts.
///
/// `fails` says whether it fails without some steps; none when there is no time to find out.
pub(crate) fn left_out(
    steps: u64,
    mut fails: impl FnMut(&BTreeSet<u64>) -> Option<bool>,
) -> BTreeSet<u64> {
    let mut skipped = BTreeSet::new();
    let mut size = steps / 2;
    while size > 0 {
        let mut from = 0;
        while from < steps {
            let to = (from + size).min(steps);
            let mut more = skipped.clone();
            more.extend(from..to);
            if more.len() > skipped.len() {
                match fails(&more) {
                    Some(true) => skipped = more,
                    Some(false) => {}
                    None => return skipped,
                }
            }
            from = to;
        }
        size /= 2;
    }
    skipped
}
