use expect_test::{Expect, expect};
use proptest::prelude::*;
use uuid::Uuid;

use super::{ContainerId, Containers, MAX_COUNT, MAX_TARE};
use crate::quantity::Quantity;

fn containers(each: i64, count: i64) -> Result<Containers, super::ContainerError> {
    Containers::new(
        ContainerId::from_uuid(Uuid::nil()),
        Quantity::new(each),
        count,
    )
}

#[track_caller]
fn check(each: i64, count: i64, expected: &Expect) {
    let outcome = match containers(each, count) {
        Ok(containers) => format!("{} g", containers.tare()),
        Err(error) => error.to_string(),
    };
    expected.assert_eq(&outcome);
}

#[test]
fn so_many_containers_weigh() {
    check(1_800, 1, &expect!["1800 g"]);
    check(1_800, 12, &expect!["21600 g"]);
    check(1, 1, &expect!["1 g"]);
    check(1_000_000, 1_000, &expect!["1000000000 g"]);
    let count = expect!["there are 1 to 1000 containers on a line"];
    for wrong in [0, -1, 1_001, i64::MAX, i64::MIN] {
        check(1_800, wrong, &count);
    }
    let tare = expect!["an empty container weighs 1 g to 1000000 g"];
    for wrong in [0, -1, 1_000_001, i64::MAX, i64::MIN] {
        check(wrong, 1, &tare);
    }
}

proptest! {
    #[test]
    fn the_tare_is_exact(each in 1..=MAX_TARE.base_units(), count in 1..=MAX_COUNT) {
        let containers = containers(each, count).expect("within the limits");
        prop_assert_eq!(containers.tare().base_units() / count, each);
        prop_assert_eq!(containers.tare().base_units() % count, 0);
    }
}
