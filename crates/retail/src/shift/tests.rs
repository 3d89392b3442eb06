use expect_test::{Expect, expect};

use super::{Drawer, close, open};
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
