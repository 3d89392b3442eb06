use super::{Model, explore};

/// Two counters up to `to` that are counted in any order; wrong where both have reached `wrong`.
struct Counters {
    to: u8,
    wrong: u8,
}

impl Model for Counters {
    type State = (u8, u8);
    type Step = &'static str;

    fn start(&self) -> (u8, u8) {
        (0, 0)
    }

    fn steps(&self, &(left, right): &(u8, u8), steps: &mut Vec<(&'static str, (u8, u8))>) {
        if left < self.to {
            steps.push(("left", (left + 1, right)));
        }
        if right < self.to {
            steps.push(("right", (left, right + 1)));
        }
    }

    fn kind(step: &&'static str) -> &'static str {
        step
    }

    fn violation(&self, &(left, right): &(u8, u8)) -> Option<&'static str> {
        (left.min(right) == self.wrong).then_some("both are there")
    }
}

#[test]
fn every_state_is_seen_once() {
    let found = explore(
        &Counters {
            to: 200,
            wrong: 255,
        },
        usize::MAX,
    );
    assert_eq!(
        (found.states, found.transitions, found.depth),
        (201 * 201, 2 * 200 * 201, 400)
    );
    assert_eq!(found.taken["left"], 200 * 201);
    assert!(found.complete && found.violation.is_none());
}

#[test]
fn a_violation_is_told_by_a_shortest_way() {
    let violation = explore(&Counters { to: 9, wrong: 2 }, usize::MAX)
        .violation
        .unwrap();
    assert_eq!(
        (violation.what, violation.trace.len()),
        ("both are there", 4)
    );
}

#[test]
fn a_wrong_start_has_no_steps() {
    let violation = explore(&Counters { to: 9, wrong: 0 }, usize::MAX)
        .violation
        .unwrap();
    assert!(violation.trace.is_empty());
}

#[test]
fn a_limit_ends_it() {
    let found = explore(
        &Counters {
            to: 200,
            wrong: 255,
        },
        100,
    );
    assert!(!found.complete && (100..200).contains(&found.states));
}
