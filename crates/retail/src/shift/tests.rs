use expect_test::{Expect, expect};

use super::{Asked, Closing, Drawer, Tolerance, close, open};
use crate::amount::Amount;

/// `float + cash sales - purchases, counted`, all in minor units.
#[track_caller]
fn check(float: i64, cash_sales: i64, purchases: i64, counted: i64, expected: &Expect) {
    let outcome = open(Amount::from_minor(float)).and_then(|drawer| {
        let drawer = Drawer {
            cash_sales: Amount::from_minor(cash_sales),
            purchases_paid: Amount::from_minor(purchases),
            ..drawer
        };
        close(drawer, Amount::from_minor(counted))
    });
    expected.assert_eq(&match outcome {
        Ok(closing) => format!(
            "expected {}, over/short {}",
            closing.expected, closing.over_short
        ),
        Err(error) => error.to_string(),
    });
}

#[test]
fn closing() {
    check(
        10_000,
        2_550,
        0,
        12_550,
        &expect!["expected 125.50, over/short 0.00"],
    );
    check(
        10_000,
        2_550,
        3_000,
        9_000,
        &expect!["expected 95.50, over/short -5.50"],
    );
    check(0, 0, 0, 0, &expect!["expected 0.00, over/short 0.00"]);
    check(
        10_000,
        0,
        15_000,
        0,
        &expect!["expected -50.00, over/short 50.00"],
    );
    check(
        -1,
        0,
        0,
        0,
        &expect!["the cash must be between 0.00 and 10000000000.00"],
    );
    check(
        0,
        0,
        0,
        -1,
        &expect!["the cash must be between 0.00 and 10000000000.00"],
    );
}

#[test]
fn what_goes_in_and_out_beside_sales_is_expected_too() {
    let drawer = Drawer {
        float: Amount::from_minor(10_000),
        cash_sales: Amount::from_minor(50_000),
        purchases_paid: Amount::from_minor(3_000),
        purchases_back: Amount::from_minor(500),
        paid_in: Amount::from_minor(2_000),
        paid_out: Amount::from_minor(1_250),
        dropped: Amount::from_minor(40_000),
    };
    assert_eq!(drawer.expected().minor(), 18_250);
}

#[test]
fn a_difference_asks_for_more_the_larger_it_is() {
    let tolerance = |alone_up_to: Option<i64>| Tolerance {
        reason_above: Amount::from_minor(100),
        alone_up_to: alone_up_to.map(Amount::from_minor),
    };
    for (difference, alone_up_to, expected) in [
        (0, Some(0), Asked::Nothing),
        (100, None, Asked::Nothing),
        (-100, None, Asked::Nothing),
        (101, None, Asked::Reason),
        (-101, Some(500), Asked::Reason),
        (500, Some(500), Asked::Reason),
        (501, Some(500), Asked::SecondPerson),
        (-501, Some(500), Asked::SecondPerson),
        (1, Some(0), Asked::SecondPerson),
    ] {
        let closing = Closing {
            expected: Amount::ZERO,
            counted: Amount::from_minor(difference),
            over_short: Amount::from_minor(difference),
        };
        assert_eq!(
            closing.asks(tolerance(alone_up_to)),
            expected,
            "{difference} {alone_up_to:?}"
        );
    }
}
