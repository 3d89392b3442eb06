//! The protocol under chance on every run of the tests: some seeds, some broken rules. The rest is `cargo xtask sim`.
use std::collections::BTreeSet;

use sim::protocol::{
    fault::Fault,
    mutant::Mutant,
    options::Options,
    run::{run, seeds},
    shrink::shrink,
};

/// Seeds that have found something; each stays.
const FOUND: &[u64] = &[
    10, 19, 48, 82, 153, 159, 307, 581, 712, 730, 1118, 1152, 1171, 1475, 1629, 1733, 1768, 2162,
    3665, 4336, 5304, 11_638, 23_291,
];

fn holds(seed: u64) {
    let outcome = run(&Options::of(seed, None), &BTreeSet::new(), false);
    assert_eq!(outcome.violation, None, "seed {seed}");
}

#[test]
fn what_was_found_once_stays_away() {
    FOUND.iter().copied().for_each(holds);
}

#[test]
fn the_rules_hold_under_every_fault() {
    let summary = seeds(0..400, None, 2);
    assert_eq!(summary.failed, None);
    let unfired: Vec<Fault> = summary.unfired();
    assert_eq!(unfired, [], "a fault that never happens tests nothing");
}

#[test]
fn the_same_seed_is_the_same_run() {
    for seed in 0..20 {
        let options = Options::of(seed, None);
        let [first, second] = [false, true].map(|traces| run(&options, &BTreeSet::new(), traces));
        assert_eq!(
            (first.hash, first.steps, first.coverage),
            (second.hash, second.steps, second.coverage)
        );
    }
}

#[test]
fn broken_rules_are_found() {
    for mutant in [
        Mutant::GrantCancelledOnTimeout,
        Mutant::LeaseReclaim,
        Mutant::CountIgnoresClaims,
        Mutant::HandOverBeforeSync,
        Mutant::TillForgetsEpoch,
        Mutant::RestoredCloudContinues,
        Mutant::DebtForgotten,
    ] {
        let summary = seeds(0..50, Some(mutant), 2);
        assert!(summary.failed.is_some(), "{} survives", mutant.code());
    }
}

#[test]
fn a_failing_run_is_told_by_its_few_steps() {
    let options = Options::of(1, Some(Mutant::CountIgnoresClaims));
    let short = shrink(&options).expect("it fails");
    assert!(short.outcome.violation.is_some());
    assert!(short.kept < 12, "{} steps of {}", short.kept, options.steps);
    assert!(!short.outcome.trace.is_empty());
}
