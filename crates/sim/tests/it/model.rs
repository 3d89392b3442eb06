//! The model on every run of the tests: small configurations, and all mutants. The rest is `cargo xtask sim --model`.

use sim::model::configuration::{
    CLOUD_RESTORED, ORDERS, OVERRIDES, SET_APART, SHORT_PICKS, TRANSFERS,
};
use sim::model::mutant::{CLASSIC, Mutant, extended};

const LIMIT: usize = 2_000_000;

fn is_found(mutant: &Mutant) {
    let found = mutant.configuration.explore(mutant.flaws, LIMIT);
    let violation = found
        .violation
        .unwrap_or_else(|| panic!("{} survives {} states", mutant.name, found.states));
    assert_eq!(
        violation.what, mutant.expected,
        "{}: {:?}",
        mutant.name, violation.trace
    );
}

#[test]
fn every_mutant_of_the_transfers_is_found() {
    CLASSIC.iter().for_each(is_found);
}

#[test]
fn every_mutant_of_orders_shelf_and_recovery_is_found() {
    extended::ALL.iter().for_each(is_found);
}

#[test]
fn the_protocol_holds_in_small_worlds() {
    for configuration in [SHORT_PICKS, SET_APART, OVERRIDES, CLOUD_RESTORED] {
        let found = configuration.explore(&[], LIMIT);
        assert!(
            found.violation.is_none(),
            "{}: {:?}",
            configuration.name,
            found.violation
        );
        assert!(
            found.complete,
            "{} has more than {LIMIT} states",
            configuration.name
        );
    }
}

/// The first checker of the protocol had the same states; a rule that is left out or a step that is added by mistake
/// changes their number.
#[test]
fn rights_in_transit_have_as_many_states_as_ever() {
    let found = TRANSFERS.explore(&[], LIMIT);
    assert!(found.violation.is_none() && found.complete);
    assert_eq!(
        (found.states, found.transitions, found.depth),
        (1_548_075, 4_375_363, 19)
    );
}

/// The two errors of an earlier text that were found only by reading.
#[test]
fn the_errors_of_the_first_text_are_told_step_by_step() {
    let trace = |name: &str| {
        let mutant = extended::ALL
            .iter()
            .find(|mutant| mutant.name == name)
            .unwrap();
        let violation = mutant
            .configuration
            .explore(mutant.flaws, LIMIT)
            .violation
            .unwrap();
        violation.trace.join(" > ")
    };
    assert_eq!(
        trace("claim_bound lowered by a cancellation"),
        "unit held online (order X) > paid for in time (order X) > pick task delivered (order X) > \
         cancelled by the customer (order X) > cancellation delivered (order X)"
    );
    assert_eq!(
        trace("a picked unit taken for a found one"),
        "unit held online (order X) > paid for in time (order X) > pick task delivered (order X) > \
         picked (order X) > a picked unit taken for a found one (order X)"
    );
}

#[test]
fn an_exploration_that_is_cut_short_says_so() {
    let found = ORDERS.explore(&[], 1_000);
    assert!(!found.complete && found.violation.is_none());
    assert!(found.states >= 1_000);
}
