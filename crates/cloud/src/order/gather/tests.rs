use super::{MOST_TOGETHER, is_worth_it, share};

/// What a task takes, one of two, when so many wait and so many are on their way.
fn check(waiting: usize, on_the_way: usize, expected: &str) {
    let takes = share(waiting, on_the_way, 2);
    let when = if is_worth_it(waiting, on_the_way, 2) {
        "at once"
    } else {
        "when more have come"
    };
    let takes = format!("{takes} {when}");
    assert_eq!(takes, expected, "{waiting} wait, {on_the_way} on the way");
}

#[test]
fn batches_are_of_even_size() {
    // Nobody waits for company when nothing is on its way.
    check(1, 0, "1 at once");
    check(2, 0, "1 at once");
    // A second one has its own transaction, a third waits for either.
    check(1, 1, "1 at once");
    // The crowd behind the first is halved, so that the next half is not alone either.
    check(63, 0, "32 at once");
    check(31, 32, "31 when more have come");
    check(32, 32, "32 at once");
    // The first who comes back does not sync the disk alone.
    check(1, 32, "1 when more have come");
    check(1_000, 64, "64 at once");
}

#[test]
fn one_task_takes_all_that_waits_up_to_a_bound() {
    assert_eq!(share(40, 0, 1), 40);
    assert_eq!(share(1_000, 0, 1), MOST_TOGETHER);
}
